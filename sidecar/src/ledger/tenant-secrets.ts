/** Which secrets keep tenants apart inside ComfyUI? All derived from one instance secret, so that none is stored. */
import { createHmac } from 'node:crypto'
import type { TenantId } from '@gatehouse/shared/ids'

export interface TenantSecrets {
  /** Starts every node id: 12 characters of [a-z] and a hyphen; of equal length, so that none starts another. */
  readonly nodePrefix: string
  /** Undeclared input that keeps the tenant's results apart in ComfyUI's cache: 32 hex digits. */
  readonly salt: string
}

export function tenantSecrets(instanceSecret: string, tenantId: TenantId): TenantSecrets {
  return {
    nodePrefix: `${letters(derive(instanceSecret, `node-prefix:${tenantId}`), 12)}-`,
    salt: derive(instanceSecret, `salt:${tenantId}`).toString('hex').slice(0, 32),
  }
}

/**
 * The client id of a worker's one upstream socket: whoever knows it could mute or overhear every job there. The code of
 * another worker's nodes can know that worker's.
 */
export function upstreamClientId(instanceSecret: string, worker: string): string {
  return derive(instanceSecret, `upstream-client:${worker}`).toString('hex').slice(0, 32)
}

/** The name a tenant sees for a temp file; says nothing about ComfyUI's own name or counter. */
export function ownTempName(instanceSecret: string, tenantId: TenantId, upstreamName: string): string {
  const digest = derive(instanceSecret, `temp:${tenantId}:${upstreamName}`).toString('hex').slice(0, 24)
  const dot = upstreamName.lastIndexOf('.')
  return `preview_${digest}${dot === -1 ? '' : upstreamName.slice(dot)}`
}

function derive(secret: string, purpose: string): Buffer {
  return createHmac('sha256', secret).update(purpose).digest()
}

function letters(bytes: Buffer, count: number): string {
  return Array.from(bytes.subarray(0, count), (byte) => String.fromCharCode(97 + (byte % 26))).join('')
}
