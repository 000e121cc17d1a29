/** How is a multipart form sent to ComfyUI piece by piece? Over `node:http`, which streams bodies faster than undici. */
import { randomBytes } from 'node:crypto'
import { type ClientRequest, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GatehouseError } from '../gatehouse-error.ts'
import { readWhole } from './read-whole.ts'
import type { Upstream } from './upstream.ts'

export interface OpenedForm {
  sendFile(stream: Readable): Promise<void>
  seal(fields: readonly (readonly [string, string])[]): Promise<{ readonly status: number; readonly body: Uint8Array }>
  abort(): void
}

const maxReplyBytes = 1024 * 1024

/** Begins the form with its file part. Aborting before `seal` leaves ComfyUI with a broken body, which it refuses. */
export function openForm(upstream: Upstream, path: string, file: { filename: string; mimeType: string }): OpenedForm {
  const boundary = `gatehouse-${randomBytes(16).toString('hex')}`
  const sent = start(upstream, path, boundary)
  const reply = readReply(sent)
  // Awaited by `seal`; an abort before that must not be an unhandled rejection.
  reply.catch(() => undefined)
  sent.write(
    `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="${quoted(file.filename)}"\r\nContent-Type: ${file.mimeType}\r\n\r\n`,
  )
  return {
    sendFile: async (stream) => {
      let broken: unknown
      let lost: unknown
      sent.once('error', (error) => {
        lost = error
      })
      stream.once('error', (error) => {
        // The other way round, when ComfyUI breaks off, its error is passed on to the client's stream.
        if (!sent.destroyed && error !== lost) broken = error
      })
      try {
        await Promise.race([pipeline(stream, sent, { end: false }), reply.then(refusedEarly)])
      } catch (error) {
        sent.destroy()
        if (broken !== undefined) throw asBadUpload(broken)
        throw error instanceof GatehouseError ? error : await explained(reply, error)
      }
    },
    seal: async (fields) => {
      for (const [name, value] of fields) {
        sent.write(`\r\n--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}`)
      }
      sent.end(`\r\n--${boundary}--\r\n`)
      return reply
    },
    abort: () => {
      sent.destroy()
    },
  }
}

/** A quote or a line break would end the header; browsers escape them so (WHATWG multipart encoding). */
function quoted(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function start(upstream: Upstream, path: string, boundary: string): ClientRequest {
  const send = upstream.url.protocol === 'https:' ? httpsRequest : httpRequest
  return send({
    host: upstream.url.hostname.replace(/^\[|\]$/g, ''),
    port: upstream.url.port === '' ? (upstream.url.protocol === 'https:' ? 443 : 80) : Number(upstream.url.port),
    method: 'POST',
    path,
    agent: upstream.agent,
    headers: upstream.headers({ 'content-type': `multipart/form-data; boundary=${boundary}` }),
  })
}

function readReply(sent: ClientRequest): Promise<{ status: number; body: Uint8Array }> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(cause instanceof GatehouseError ? cause : new GatehouseError('comfyui_down', { cause }))
    sent.on('error', fail)
    sent.on('response', (response) => {
      readWhole(response, maxReplyBytes).then((body) => resolve({ status: response.statusCode ?? 502, body }), fail)
    })
  })
}

/** ComfyUI answered before it had the whole file: with 413 when its own limit is lower than ours. */
function refusedEarly(reply: { status: number }): never {
  throw new GatehouseError(reply.status === 413 ? 'body_too_large' : 'bad_upload')
}

/** The client's own form broke off or is too large: ComfyUI is not to blame. */
function asBadUpload(error: unknown): GatehouseError {
  return error instanceof GatehouseError ? error : new GatehouseError('bad_upload', { cause: error })
}

async function explained(reply: Promise<unknown>, error: unknown): Promise<unknown> {
  return reply.then(
    () => error,
    (cause: unknown) => (cause instanceof GatehouseError ? cause : error),
  )
}
