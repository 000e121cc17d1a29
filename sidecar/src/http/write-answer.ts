/** How does an `Answer` become bytes on the wire? The one writer of everything that is not streamed from ComfyUI. */
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Answer, AnswerHeaders } from '../policy/answer.ts'
import { stringifyJson } from '../transform/lossless-json.ts'

/** What every answer of the ComfyUI lane carries unless a row says otherwise. */
export const laneHeaders: AnswerHeaders = {
  'cache-control': 'private, no-cache',
  vary: 'Cookie, Authorization',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
}

/** Writes head and body; a HEAD request gets the head alone. Resolves when the answer is out or the client is gone. */
export async function writeAnswer(response: ServerResponse, answer: Answer): Promise<void> {
  if (response.destroyed) return
  const head = { ...laneHeaders, ...answer.headers }
  switch (answer.kind) {
    case 'json':
      return writeBytes(
        response,
        answer.status,
        { 'content-type': 'application/json; charset=utf-8', ...head },
        stringifyJson(answer.value),
      )
    case 'text':
      return writeBytes(
        response,
        answer.status,
        { 'content-type': answer.type ?? 'text/plain; charset=utf-8', ...head },
        answer.text,
      )
    case 'empty':
      return writeBytes(response, answer.status, head, '')
    case 'bytes':
      return writeBytes(response, answer.status, head, answer.body)
    case 'stream':
      response.writeHead(answer.status, head)
      if (response.req.method === 'HEAD') {
        answer.body.destroy()
        response.end()
        return
      }
      return pipeline(answer.body, response).catch(() => {
        response.destroy()
      })
    default:
      return answer satisfies never
  }
}

function writeBytes(response: ServerResponse, status: number, head: AnswerHeaders, body: string | Uint8Array): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const bodiless = status === 204 || status === 304
  response.writeHead(status, bodiless ? head : { 'content-length': String(bytes.byteLength), ...head })
  response.end(bodiless || response.req.method === 'HEAD' ? undefined : bytes)
}
