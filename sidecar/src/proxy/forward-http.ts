/** How is an answer of ComfyUI streamed to a client? Rebuilt head, counted bytes, and the truth when either side dies. */
import type { ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import { GatehouseError } from '../gatehouse-error.ts'
import type { OutgoingRequest } from '../policy/outgoing.ts'
import type { Upstream } from './upstream.ts'
import { downstreamHeaders } from './upstream-headers.ts'

export interface ForwardOptions {
  /** Set over what ComfyUI sent with this status. */
  readonly headers: (status: number) => Readonly<Record<string, string>>
  /** How long a client may read nothing before it is hung up on, in milliseconds. */
  readonly stallMs?: number
}

/** A client that reads nothing keeps one of ComfyUI's few connections; a paused video asks again for the rest. */
const defaultStallMs = 120_000

/** Streams one exchange; resolves when the answer is complete. @throws comfyui_down before the first byte */
export type ForwardHttp = (
  upstream: Upstream,
  request: OutgoingRequest,
  response: ServerResponse,
  options: ForwardOptions,
) => Promise<void>

/** Requests that may be sent again when a reused connection died before a byte was answered. */
const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD'])

export const forwardHttp: ForwardHttp = async (upstream, request, response, options) => {
  try {
    await exchange(upstream, request, response, options)
  } catch (error) {
    if (!(error instanceof BeforeFirstByte) || !repeatable.has(request.method) || response.destroyed)
      throw asDown(error)
    await exchange(upstream, request, response, options).catch((again: unknown) => {
      throw asDown(again)
    })
  }
}

/** ComfyUI did not answer at all: nothing has been written downstream. */
class BeforeFirstByte extends Error {}

function asDown(error: unknown): unknown {
  if (!(error instanceof BeforeFirstByte)) return error
  if (error.cause instanceof GatehouseError) return error.cause
  return new GatehouseError('comfyui_down', { cause: error.cause })
}

function exchange(
  upstream: Upstream,
  request: OutgoingRequest,
  response: ServerResponse,
  options: ForwardOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const dispatch: Dispatcher.DispatchOptions = {
      method: parseMethod(request.method),
      path: request.target,
      headers: upstream.headers(request.headers),
      body: request.body ?? null,
    }
    upstream.pool.dispatch(dispatch, streamTo(response, options, resolve, reject))
  })
}

function parseMethod(method: string): Dispatcher.HttpMethod {
  return method as Dispatcher.HttpMethod
}

function streamTo(
  response: ServerResponse,
  options: ForwardOptions,
  resolve: () => void,
  reject: (error: Error) => void,
): Dispatcher.DispatchHandler {
  let started = false
  let onClose: (() => void) | undefined
  let onDrain: (() => void) | undefined
  let stalled: NodeJS.Timeout | undefined
  const settle = (): void => {
    clearTimeout(stalled)
    if (onClose !== undefined) response.off('close', onClose)
    if (onDrain !== undefined) response.off('drain', onDrain)
  }
  return {
    onRequestStart(controller) {
      if (response.destroyed) return controller.abort(new Error('client gone'))
      onClose = () => controller.abort(new Error('client gone'))
      onDrain = () => {
        clearTimeout(stalled)
        controller.resume()
      }
      response.on('close', onClose)
      response.on('drain', onDrain)
    },
    onResponseStart(controller, statusCode) {
      if (statusCode < 200) return
      started = true
      writeHead(response, statusCode, downstreamHeaders(rawList(controller.rawHeaders)), options.headers(statusCode))
    },
    onResponseData(controller, chunk) {
      if (response.write(chunk)) return
      controller.pause()
      stalled = setTimeout(() => response.destroy(), options.stallMs ?? defaultStallMs)
    },
    onResponseEnd() {
      settle()
      response.end(resolve)
    },
    onResponseError(_controller, error) {
      settle()
      // Nobody is left to be told, and it says nothing about ComfyUI.
      if (response.destroyed) return resolve()
      if (!started && !response.headersSent) return reject(new BeforeFirstByte('no answer', { cause: error }))
      // A truncated answer must look truncated: never a clean end.
      response.destroy()
      resolve()
    },
  }
}

function rawList(raw: unknown): readonly (Buffer | string)[] {
  return Array.isArray(raw) ? raw : []
}

/** Headers of the sidecar win over ComfyUI's of the same name. */
export function writeHead(
  response: ServerResponse,
  status: number,
  fromUpstream: readonly string[],
  own: Readonly<Record<string, string>>,
): void {
  const head: string[] = []
  const names = new Set(Object.keys(own).map((name) => name.toLowerCase()))
  for (let index = 0; index + 1 < fromUpstream.length; index += 2) {
    const name = fromUpstream[index] ?? ''
    if (!names.has(name)) head.push(name, fromUpstream[index + 1] ?? '')
  }
  for (const [name, value] of Object.entries(own)) head.push(name, value)
  for (const [name, value] of Object.entries(response.getHeaders())) {
    if (!names.has(name)) head.push(name, String(value))
  }
  response.writeHead(status, head)
}
