/** What does the sidecar really answer to these bytes? A socket that no HTTP client has tidied up. */
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  /** 0 where the connection ended without an answer. */
  readonly status: number
  readonly head: string
  readonly body: string
  /** Every byte, for counting answers. */
  readonly text: string
}

/** Sends the bytes and resolves once the sidecar has ended the connection. */
export async function exchangeRaw(address: string, bytes: string | Buffer): Promise<RawAnswer> {
  const socket = openRaw(address)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  socket.write(bytes)
  // A reset that comes after the answer takes nothing of it away.
  await new Promise((resolve) => socket.once('close', resolve))
  return parseAnswer(Buffer.concat(chunks).toString('latin1'))
}

/** A request head with `Host` and `Connection: close`, a body, and whatever else an attack needs. */
export function rawRequest(
  line: string,
  headers: readonly string[] = [],
  body = '',
  connection = 'Connection: close',
): string {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  return `${[`${line} HTTP/1.1`, 'Host: gatehouse.test', connection, ...length, ...headers].join('\r\n')}\r\n\r\n${body}`
}

export function openRaw(address: string, options: { readonly allowHalfOpen?: boolean } = {}): Socket {
  const { hostname, port } = new URL(address)
  return connect({ host: hostname, port: Number(port), ...options })
}

export function parseAnswer(text: string): RawAnswer {
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
  const end = text.indexOf('\r\n\r\n')
  return { status, head: end === -1 ? text : text.slice(0, end), body: end === -1 ? '' : text.slice(end + 4), text }
}
