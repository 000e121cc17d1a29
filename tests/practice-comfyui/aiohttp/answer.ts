/** Which answers can a handler give? The shapes of aiohttp's Response, json_response and FileResponse. */
import { dumpPythonJson } from '../python/dump-json.ts'
import { type Plain, python } from '../python/values.ts'

export type AnswerHeaders = readonly (readonly [string, string])[]

export interface BytesAnswer {
  readonly kind: 'bytes'
  readonly status: number
  readonly headers: AnswerHeaders
  readonly body: Buffer
}
export interface FileAnswer {
  readonly kind: 'file'
  readonly path: string
  readonly headers: AnswerHeaders
}
export type Answer = BytesAnswer | FileAnswer

/** aiohttp's HTTPException: the same answer, but past the middlewares that only see returned ones. */
export class HttpException extends Error {
  override readonly name = 'HttpException'
  readonly answer: BytesAnswer
  constructor(answer: BytesAnswer) {
    super(`HTTP ${answer.status}`)
    this.answer = answer
  }
}

export function json(value: Plain, status = 200): BytesAnswer {
  const body = Buffer.from(dumpPythonJson(python(value)))
  return { kind: 'bytes', status, headers: [['Content-Type', 'application/json; charset=utf-8']], body }
}

export function text(status: number, body: string, headers: AnswerHeaders = []): BytesAnswer {
  return {
    kind: 'bytes',
    status,
    headers: [['Content-Type', 'text/plain; charset=utf-8'], ...headers],
    body: Buffer.from(body),
  }
}

/** `web.Response(status=...)`: no body, and for that reason no content type. */
export function empty(status: number): BytesAnswer {
  return { kind: 'bytes', status, headers: [], body: Buffer.alloc(0) }
}

export function bytes(body: Buffer, contentType: string, headers: AnswerHeaders = []): BytesAnswer {
  return { kind: 'bytes', status: 200, headers: [...headers, ['Content-Type', contentType]], body }
}

export function file(path: string, headers: AnswerHeaders = []): FileAnswer {
  return { kind: 'file', path, headers }
}

export function notFound(): BytesAnswer {
  return text(404, '404: Not Found')
}

export function methodNotAllowed(allowed: ReadonlySet<string>): BytesAnswer {
  return text(405, '405: Method Not Allowed', [['Allow', [...allowed].sort().join(',')]])
}

export function internalError(): BytesAnswer {
  return text(500, '500 Internal Server Error\n\nServer got itself in trouble', [['Connection', 'close']])
}
