/** What is sent to ComfyUI? A request built from nothing; the proxy accepts no other kind. */
import type { CanonicalRequest, Method } from './canonical-request.ts'

declare const narrowed: unique symbol

export interface OutgoingRequest {
  readonly [narrowed]: true
  readonly method: Method
  /** Percent-encoded, starts with `/`. */
  readonly target: string
  /** Only what a row added by name; the proxy adds host, guard and length. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
  /** The name of a file whose answer comes down without what says how it was made. */
  readonly strippedAs: string | undefined
}

export interface OutgoingParts {
  readonly method: Method
  readonly segments: readonly string[]
  readonly underApi?: boolean
  readonly query?: ReadonlyMap<string, string> | Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly strippedAs?: string
}

/** Builds the request from judged parts: every segment, key and value is encoded anew. */
export function outgoing(parts: OutgoingParts): OutgoingRequest {
  const prefix = parts.underApi === true ? '/api' : ''
  const path = `${prefix}/${parts.segments.map(encodeURIComponent).join('/')}`
  const entries = parts.query instanceof Map ? [...parts.query] : Object.entries(parts.query ?? {})
  const query = entries.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('&')
  return parseNarrowed({
    method: parts.method,
    target: query === '' ? path : `${path}?${query}`,
    headers: parts.headers ?? {},
    body: parts.body,
    strippedAs: parts.strippedAs,
  })
}

/** The conditional and range headers that a streamed file answers to. */
export function conditionalHeaders(request: CanonicalRequest): Record<string, string> {
  const { ifNoneMatch, ifModifiedSince, range, ifRange, secFetchDest } = request.headers
  return {
    ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
    ...(ifModifiedSince === undefined ? {} : { 'if-modified-since': ifModifiedSince }),
    ...(range === undefined ? {} : { range }),
    ...(ifRange === undefined ? {} : { 'if-range': ifRange }),
    ...(secFetchDest === undefined ? {} : { 'sec-fetch-dest': secFetchDest }),
  }
}

function parseNarrowed(request: Omit<OutgoingRequest, typeof narrowed>): OutgoingRequest {
  return request as OutgoingRequest
}
