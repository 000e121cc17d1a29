/** What may a row answer by itself? Values that the one writer turns into an HTTP response. */
import type { Readable } from 'node:stream'
import type { Json } from '@gatehouse/shared/json'

export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly value: Json; readonly headers?: AnswerHeaders }
  | {
      readonly kind: 'text'
      readonly status: number
      readonly text: string
      readonly type?: string
      readonly headers?: AnswerHeaders
    }
  | { readonly kind: 'empty'; readonly status: number; readonly headers?: AnswerHeaders }
  | { readonly kind: 'bytes'; readonly status: number; readonly body: Uint8Array; readonly headers: AnswerHeaders }
  | { readonly kind: 'stream'; readonly status: number; readonly body: Readable; readonly headers: AnswerHeaders }

export type AnswerHeaders = Readonly<Record<string, string>>

/** JSON with ComfyUI's own content type. */
export function json(value: Json, status = 200, headers?: AnswerHeaders): Answer {
  return headers === undefined ? { kind: 'json', status, value } : { kind: 'json', status, value, headers }
}

/** JSON that is bytes already. */
export function jsonBytes(body: Uint8Array): Answer {
  return { kind: 'bytes', status: 200, body, headers: { 'content-type': 'application/json; charset=utf-8' } }
}

/** Plain text, as aiohttp's `web.Response(text=...)`. */
export function text(body: string, status = 200): Answer {
  return { kind: 'text', status, text: body }
}

/** A status and no body. */
export function empty(status = 200): Answer {
  return { kind: 'empty', status }
}

/** What ComfyUI (aiohttp) answers where nothing is: the answer of a missing route. */
export const missingRoute: Answer = { kind: 'text', status: 404, text: '404: Not Found' }
