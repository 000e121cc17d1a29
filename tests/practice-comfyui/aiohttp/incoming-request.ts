/** What does a handler see of a request? The parsed target, headers, and a body read once, decoded as aiohttp would. */
import type { IncomingMessage } from 'node:http'
import { inflateRawSync, inflateSync, unzipSync } from 'node:zlib'
import { parsePythonJson } from '../python/parse-json.ts'
import type { PythonValue } from '../python/values.ts'
import { HttpException, text } from './answer.ts'
import { decodeText } from './decode-text.ts'
import type { Target } from './target.ts'

export const maxBodyBytes = 100 * 1024 * 1024

export interface IncomingRequest {
  readonly method: string
  readonly target: Target
  readonly params: ReadonlyMap<string, string>
  /** First value of a header; `undefined` when it is absent. */
  readonly header: (name: string) => string | undefined
  /** First value of a query key, as ComfyUI's `query.get`. */
  readonly query: (key: string) => string | undefined
  readonly body: () => Promise<Buffer>
  readonly json: () => Promise<PythonValue>
}

export function createIncomingRequest(
  message: IncomingMessage,
  target: Target,
  params: ReadonlyMap<string, string>,
  readBody: () => Promise<Buffer>,
): IncomingRequest {
  const header = (name: string) => firstHeader(message.rawHeaders, name)
  const body = async () => decodeContent(await readBody(), header('content-encoding'))
  return {
    method: message.method ?? 'GET',
    target,
    params,
    header,
    query: (key) => target.query.find(([name]) => name === key)?.[1],
    body,
    json: async () => parsePythonJson(decodeText(await body(), charsetOf(header('content-type')))),
  }
}

export function firstHeader(rawHeaders: readonly string[], name: string): string | undefined {
  const wanted = name.toLowerCase()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === wanted) return rawHeaders[at + 1]
  }
  return undefined
}

/** @throws HttpException 413 */
export async function readWhole(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message) {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxBodyBytes) throw tooLarge()
  }
  return Buffer.concat(chunks)
}

function tooLarge(): HttpException {
  return new HttpException(text(413, `Maximum request body size ${maxBodyBytes} exceeded.`))
}

function decodeContent(body: Buffer, encoding: string | undefined): Buffer {
  const name = encoding?.toLowerCase()
  if (name !== 'gzip' && name !== 'deflate') return body
  const limit = { maxOutputLength: maxBodyBytes }
  try {
    if (name === 'gzip') return unzipSync(body, limit)
    // Some clients send raw deflate; aiohttp looks at the first nibble too.
    return ((body[0] ?? 0) & 0x0f) === 8 ? inflateSync(body, limit) : inflateRawSync(body, limit)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw cause
  }
}

function charsetOf(contentType: string | undefined): string {
  return /;\s*charset="?([^";]+)"?/i.exec(contentType ?? '')?.[1]?.trim() ?? 'utf-8'
}
