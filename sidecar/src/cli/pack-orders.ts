/** What does the companion pack tell the sidecar it starts? One JSON line on standard input, one line back. */

import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { plainTls, type TlsMaterial } from '../tls/tls-material.ts'

const orderSchema = z.object({
  comfyuiUrl: z.string(),
  guardSecret: z.string().regex(/^[0-9a-f]{64}$/),
  listen: z.array(z.object({ host: z.string(), port: z.int().min(1).max(65_535) })).min(1),
  tls: z.object({ keyFile: z.string(), certFile: z.string() }).nullable(),
  dataDir: z.string(),
  openBrowser: z.boolean(),
})

export interface PackOrders extends Omit<z.infer<typeof orderSchema>, 'tls'> {
  readonly tls: TlsMaterial | undefined
}

export interface ReadOrders {
  readonly orders: PackOrders
  /** Resolves when the pack, and so ComfyUI, is gone. */
  readonly closed: Promise<void>
}

const maxOrderBytes = 64 * 1024

/** Reads the first line; what follows is ignored until the end. */
export async function readPackOrders(input: Readable): Promise<ReadOrders> {
  const { promise: line, resolve, reject } = Promise.withResolvers<string>()
  const closed = Promise.withResolvers<void>()
  let text = ''
  let done = false
  input.setEncoding('utf8')
  input.on('data', (chunk: string) => {
    if (done) return
    text += chunk
    const end = text.indexOf('\n')
    if (end !== -1) {
      done = true
      resolve(text.slice(0, end))
      text = ''
    } else if (text.length > maxOrderBytes)
      reject(new Error('The companion pack sent no orders. Install it again: gatehouse install DIR.'))
  })
  const over = (): void => {
    reject(new Error('The companion pack went away before it gave orders.'))
    closed.resolve()
  }
  input.on('end', over)
  input.on('close', over)
  input.on('error', over)
  return { orders: parseOrders(await line), closed: closed.promise }
}

function parseOrders(line: string): PackOrders {
  const orders = orderSchema.safeParse(parseLine(line))
  if (!orders.success)
    throw new Error(
      'The companion pack and the sidecar are of different versions. Install the pack again: gatehouse install DIR.',
    )
  const { tls, ...rest } = orders.data
  return {
    ...rest,
    tls: tls === null ? undefined : plainTls({ cert: readPem(tls.certFile), key: readPem(tls.keyFile) }),
  }
}

/** Undefined, which no schema takes, for what is no JSON. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new Error(`${path}, which --tls-keyfile or --tls-certfile names, cannot be read. Check the path.`, { cause })
  }
}

export type PackReply =
  | { readonly ready: true; readonly url: string }
  | { readonly ready: false; readonly error: string }

export function tellPack(reply: PackReply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}
