/** How does a file come down without its metadata? Read in order, rebuilt, and cut off where it is not what it says. */
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GatehouseError } from '../gatehouse-error.ts'
import type { OutgoingRequest } from '../policy/outgoing.ts'
import { Malformed } from '../strip/byte-reader.ts'
import { stripped } from '../strip/strip.ts'
import { openUpstream } from './fetch-upstream.ts'
import { writeHead } from './forward-http.ts'
import type { Upstream } from './upstream.ts'

/** @throws comfyui_down, metadata_kept before the first byte */
export async function forwardStripped(
  upstream: Upstream,
  request: OutgoingRequest,
  filename: string,
  response: ServerResponse,
  headers: (status: number) => Readonly<Record<string, string>>,
): Promise<void> {
  const answer = await openUpstream(upstream, request.target, { headers: request.headers })
  try {
    if (answer.status !== 200) {
      writeHead(response, answer.status, ['content-length', '0'], headers(answer.status))
      response.end()
      return
    }
    const parts = await readStart(filename, answer.body)
    if (parts === undefined) throw new GatehouseError('metadata_kept')
    writeHead(response, answer.status, [], headers(answer.status))
    if (request.method === 'HEAD') response.end()
    // A file that turns out broken must look cut off: never a clean end.
    else await pipeline(Readable.from(parts), response).catch(() => response.destroy())
  } finally {
    answer.body.destroy()
  }
}

async function readStart(filename: string, body: Readable): Promise<AsyncIterable<Buffer> | undefined> {
  try {
    return await stripped(filename, body)
  } catch (cause) {
    if (cause instanceof Malformed) return undefined
    throw new GatehouseError('comfyui_down', { cause })
  }
}
