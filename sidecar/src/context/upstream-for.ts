/** Which ComfyUI serves this principal? Asked for every request, so that a tenant can be given a process of its own. */
import type { Principal } from '@gatehouse/shared/principal'
import type { Upstream } from '../proxy/upstream.ts'

export type UpstreamFor = (principal: Pick<Principal, 'tenant' | 'role'>) => Upstream

/** One ComfyUI for all. */
export function oneForAll(upstream: Upstream): UpstreamFor {
  return () => upstream
}
