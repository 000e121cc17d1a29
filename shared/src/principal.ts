/** Who calls, on whose behalf? The two records every request carries after identity and tenancy. */
import type { FolderKey, TenantId, UserId } from './ids.ts'
import type { Permission, RoleName } from './roles.ts'

/** How somebody proved who they are; errors, logs and the audit name it. */
export const identityMethods = [
  'session',
  'api-key',
  'static-key',
  'basic',
  'jwt',
  'session-token',
  'ticket',
  'trusted-header',
  'client-certificate',
  'local',
  'guest',
] as const
export type IdentityMethod = (typeof identityMethods)[number]

/** Who proved themselves: no tenant, no secret inside. */
export interface Identity {
  readonly userId: UserId
  readonly method: IdentityMethod
  /** Session hash, API key id or static key name; what revocation names. */
  readonly credentialId: string
  /** Of a session, also beside what a gateway says: the first id of its log-in, which is what its jobs are kept under. */
  readonly login?: string
  /** A browser or a gateway added it by itself: its person is in a page. */
  readonly isAmbient?: true
  /** Milliseconds since the epoch at which the proof was given. */
  readonly provenAtMs: number
  /** Milliseconds since the epoch at which the credential ends by itself; absent where somebody else watches that. */
  readonly expiresAtMs?: number
  /** What the credential is limited to; absent: whatever the person's role may do. */
  readonly scopes?: ReadonlySet<Permission>
  /** Name of the one published workflow that the credential may run. */
  readonly workflow?: string
  /** Who acts in this person's place, for support. */
  readonly impersonator?: UserId
  /** The person was proven here, and by one factor alone; absent for keys, and for whoever others vouch for. */
  readonly isByOneFactor?: true
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
  /** What the role may do and the credential is not too narrow for. */
  readonly permissions: ReadonlySet<Permission>
  /** The role needs a second factor, and none was proven: until then there are no permissions. */
  readonly needsFactor?: true
}

/** What stands for one caller where things are counted: guests are one account, and each is counted by where they come from. */
export function callerKey({ userId, identity }: Pick<Principal, 'userId' | 'identity'>): string {
  return identity.method === 'guest' ? identity.credentialId : userId
}

/** Whether the principal may do it, by role and by credential. */
export function mayPrincipal(principal: Principal, permission: Permission): boolean {
  return principal.permissions.has(permission)
}
