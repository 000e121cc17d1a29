/** How does the sidecar itself ask ComfyUI? Whole, bounded answers, for the ledger and the caches. */
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { GatehouseError } from '../gatehouse-error.ts'
import { readWhole } from './read-whole.ts'
import type { Upstream } from './upstream.ts'

export interface FetchUpstreamOptions {
  readonly method?: 'GET' | 'PATCH' | 'POST'
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs?: number
}

export interface UpstreamAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
}

const defaultTimeoutMs = 60_000
/** `/object_info` of a large installation is some tens of megabytes. */
const maxAnswerBytes = 512 * 1024 * 1024

/** One exchange. @throws comfyui_down when there is no complete answer, comfyui_unproven */
export async function fetchUpstream(
  upstream: Upstream,
  path: string,
  options: FetchUpstreamOptions = {},
): Promise<UpstreamAnswer> {
  const query = new URLSearchParams(options.query ?? {}).toString()
  try {
    const answer = await ask(upstream, {
      method: options.method ?? 'GET',
      path: query === '' ? path : `${path}?${query}`,
      headers: upstream.headers(options.headers ?? {}),
      body: options.body ?? null,
      signal: AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs),
    })
    return {
      status: answer.statusCode,
      headers: toMap(answer.headers),
      body: await readWhole(answer.body, maxAnswerBytes),
    }
  } catch (cause) {
    throw asDown(cause)
  }
}

export interface OpenedAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Readable
}

/** A GET whose body the caller reads or destroys. @throws comfyui_down, comfyui_unproven */
export async function openUpstream(
  upstream: Upstream,
  path: string,
  options: Pick<FetchUpstreamOptions, 'query' | 'headers'> = {},
): Promise<OpenedAnswer> {
  const query = new URLSearchParams(options.query ?? {}).toString()
  try {
    const answer = await ask(upstream, {
      method: 'GET',
      path: query === '' ? path : `${path}?${query}`,
      headers: upstream.headers(options.headers ?? {}),
    })
    // Destroying a body before its end is an error event of undici's; whoever reads to the end hears it through the read.
    answer.body.on('error', () => undefined)
    return { status: answer.statusCode, headers: toMap(answer.headers), body: answer.body }
  } catch (cause) {
    throw asDown(cause)
  }
}

/** A reused connection may die just before a GET is written to it; nothing was answered, so it is asked once more. */
async function ask(upstream: Upstream, request: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
  try {
    return await upstream.pool.request(request)
  } catch (error) {
    if (request.method !== 'GET' || !diedUnanswered(error)) throw error
    return upstream.pool.request(request)
  }
}

function diedUnanswered(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}

function asDown(cause: unknown): GatehouseError {
  return cause instanceof GatehouseError ? cause : new GatehouseError('comfyui_down', { cause })
}

function toMap(headers: Readonly<Record<string, string | string[] | undefined>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  )
}
