/** How do the caches ask ComfyUI? The shape of the one function they are given; it never leaves this machine's lane. */
import type { Readable } from 'node:stream'

export interface FetchOptions {
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** For the whole exchange, where a body is read whole. */
  readonly timeoutMs?: number
}

export interface UpstreamReply<Body> {
  readonly status: number
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Body
}

/** A whole answer to a GET. @throws comfyui_down */
export type FetchUpstream = (path: string, options?: FetchOptions) => Promise<UpstreamReply<Uint8Array>>

/** An answer to a GET whose body has not been read yet; the caller reads or destroys it. @throws comfyui_down */
export type OpenUpstream = (path: string, options?: FetchOptions) => Promise<UpstreamReply<Readable>>
