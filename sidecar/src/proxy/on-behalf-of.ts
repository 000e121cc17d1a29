/** For whom does ComfyUI hear a request? The mapped identity, under the header name that the operator chose. */
import type { Upstream } from './upstream.ts'

/** Name and value. */
export type IdentityHeader = readonly [string, string]

/**
 * Visible ASCII as it is, everything else (and `%`) percent-encoded as UTF-8: a header holds no other text, and no two
 * names may become one.
 */
export function identityHeader(name: string, userName: string): IdentityHeader {
  return [name, userName.replaceAll(/[^\x21-\x7e]+|%/gu, encodeURIComponent)]
}

/** The same ComfyUI; every request of it names the person. */
export function onBehalfOf(upstream: Upstream, identity: IdentityHeader): Upstream {
  return { ...upstream, headers: (named) => upstream.headers(named, identity) }
}
