/** How is a request sent byte for byte, which no HTTP client would send? */
import { connect } from 'node:net'
import type { Target } from './target.ts'

export interface RawAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  readonly text: string
}

export interface RawRequest {
  readonly method?: string
  /** Exactly as it goes into the request line. */
  readonly target: string
  readonly headers?: readonly string[]
  readonly body?: string | Buffer
}

export async function rawRequest(target: Target, request: RawRequest): Promise<RawAnswer> {
  const body = Buffer.from(request.body ?? '')
  const names = (request.headers ?? []).map((header) => header.split(':')[0]?.toLowerCase())
  const length = request.body === undefined ? [] : [`Content-Length: ${body.length}`]
  const lines = [
    `${request.method ?? 'GET'} ${request.target} HTTP/1.1`,
    `Host: 127.0.0.1:${target.port}`,
    ...(names.includes('connection') ? [] : ['Connection: close']),
    ...length,
    ...(request.headers ?? []),
  ]
  const sent = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
  return parseAnswer(await exchange(target.port, sent), request.method ?? 'GET')
}

function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((done, failed) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      // A connection that is kept alive is over when its announced length is there.
      if (isWhole(Buffer.concat(chunks))) socket.end()
    })
    socket.on('end', () => socket.end())
    socket.on('close', () => done(Buffer.concat(chunks)))
    socket.on('error', failed)
  })
}

function isWhole(bytes: Buffer): boolean {
  const split = bytes.indexOf('\r\n\r\n')
  if (split === -1) return false
  const length = /^content-length: *(\d+)/im.exec(bytes.toString('latin1', 0, split))?.[1]
  return length !== undefined && bytes.length >= split + 4 + Number(length)
}

function parseAnswer(bytes: Buffer, method: string): RawAnswer {
  const split = bytes.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, split).split('\r\n')
  const headers = new Map(
    lines.map((line) => {
      const mark = line.indexOf(':')
      return [line.slice(0, mark).toLowerCase(), line.slice(mark + 1).trim()] as const
    }),
  )
  const rest = bytes.subarray(split + 4)
  const chunked = headers.get('transfer-encoding') === 'chunked' && method !== 'HEAD'
  const body = chunked ? unchunk(rest) : rest
  return { status: Number(statusLine.split(' ')[1]), headers, body, text: body.toString('utf8') }
}

function unchunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.toString('latin1', at, end), 16)
    if (!(size > 0)) break
    parts.push(bytes.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
  return Buffer.concat(parts)
}
