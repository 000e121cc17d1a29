/** For whom does ComfyUI hear a request? The mapped identity, under the header name that the operator chose. */
import type { Upstream } from './upstream.ts'
import type { IdentityHeader } from './upstream-headers.ts'

/** The same ComfyUI; every request of it names the person. */
export function onBehalfOf(upstream: Upstream, identity: IdentityHeader): Upstream {
  return { ...upstream, headers: (named) => upstream.headers(named, identity) }
}
