/** What was asked, once every ambiguity is gone? The only form of a request that policy and routes see. */
import type { Readable } from 'node:stream'
import type { Json } from '@gatehouse/shared/json'

export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
export type Method = (typeof methods)[number]

export interface CanonicalRequest {
  readonly method: Method
  /** Decoded segments, without the `/api` prefix; `['queue']` for `/queue`, `/api/queue` and `/%71ueue`. */
  readonly segments: readonly string[]
  /** Whether the client wrote the `/api` prefix; only rows that exist on one side look at it. */
  readonly underApi: boolean
  /** `segments` joined for people and logs; never parsed again. */
  readonly path: string
  /** Decoded keys and values; a request with a repeated key never gets here. */
  readonly query: ReadonlyMap<string, string>
  readonly headers: SelectedHeaders
}

/** The request headers that a row may look at; everything else is dropped at the door. */
export interface SelectedHeaders {
  readonly accept?: string
  readonly acceptEncoding?: string
  readonly contentType?: string
  /** Bytes; absent when the body is chunked or missing. */
  readonly contentLength?: number
  readonly ifNoneMatch?: string
  readonly ifModifiedSince?: string
  readonly range?: string
  readonly ifRange?: string
  readonly idempotencyKey?: string
  readonly comfyUsageSource?: string
  readonly secFetchDest?: string
}

/** The client's body, read at most once. */
export interface RequestBody {
  /**
   * The parsed body, with numbers kept lossless.
   * @throws bad_json, unsupported_encoding, body_too_large
   */
  json(limitBytes: number): Promise<Json>
  /** The raw bytes. @throws unsupported_encoding, body_too_large */
  bytes(limitBytes: number): Promise<Uint8Array>
  /** The raw stream; errors when the client disappears. @throws unsupported_encoding */
  stream(): Readable
}
