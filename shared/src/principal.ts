/** Who calls, on whose behalf? The two records every request carries after identity and tenancy. */
import type { FolderKey, TenantId, UserId } from './ids.ts'
import type { RoleName } from './roles.ts'

/** How somebody proved who they are. */
export type IdentityMethod = 'session' | 'api-key' | 'static-key' | 'basic'

/** Who proved themselves: no rights, no tenant, no secret inside. */
export interface Identity {
  readonly userId: UserId
  readonly method: IdentityMethod
  /** Session hash, API key id or static key name; what revocation names. */
  readonly credentialId: string
  /** Milliseconds since the epoch at which the proof was given. */
  readonly provenAtMs: number
}

export interface Tenant {
  readonly id: TenantId
  readonly label: string
  readonly folderKey: FolderKey
}

/** An identity acting inside exactly one tenant with one role. Built only by `resolvePrincipal`. */
export interface Principal {
  readonly identity: Identity
  readonly userId: UserId
  readonly userName: string
  readonly tenant: Tenant
  readonly role: RoleName
}
