/** On whose behalf? An identity becomes a principal inside exactly one tenant, or is refused. */
import type { Identity, Principal } from '@gatehouse/shared/principal'
import { createRoleTable, type Permission, type RoleName } from '@gatehouse/shared/roles'
import { GatehouseError } from '../gatehouse-error.ts'
import { createRevocableCache } from '../identity/revocable-cache.ts'
import type { ChangeFeed, Member, Users } from '../store/store.ts'

/** @throws unauthenticated for a user who is disabled or gone */
export type ResolvePrincipal = (identity: Identity) => Promise<Principal>

export interface ResolvePrincipalDependencies {
  readonly users: Users
  readonly feed: ChangeFeed
  /** Asked at every request, so that changed roles hold at once. */
  readonly permissionsOf?: PermissionsOf
}

export type PermissionsOf = (role: RoleName) => ReadonlySet<Permission>

const builtIn: PermissionsOf = createRoleTable().permissionsOf

export function createResolvePrincipal({
  users,
  feed,
  permissionsOf = builtIn,
}: ResolvePrincipalDependencies): ResolvePrincipal {
  const members = createRevocableCache<Member>({
    feed,
    max: 2_000,
    ttlMs: 60_000,
    isAffected: (member, change) => change.userId === member.id,
  })
  return async (identity) => {
    const member = await members.get(identity.userId, () => users.findById(identity.userId))
    if (member === undefined || member.state !== 'active') {
      throw new GatehouseError('unauthenticated', { detail: 'the user is disabled or gone' })
    }
    return principalOf(identity, member, permissionsOf(member.role))
  }
}

/** The frozen record that everything behind the door works with; a narrow credential narrows it. */
export function principalOf(
  identity: Identity,
  member: Member,
  permissions: ReadonlySet<Permission> = builtIn(member.role),
): Principal {
  return Object.freeze({
    identity: Object.freeze(identity),
    userId: member.id,
    userName: member.name,
    tenant: Object.freeze(member.tenant),
    role: member.role,
    permissions: narrowed(identity, permissions),
  })
}

function narrowed({ scopes, workflow }: Identity, held: ReadonlySet<Permission>): ReadonlySet<Permission> {
  const scoped = scopes === undefined ? held : held.intersection(scopes)
  // Whoever may run one workflow only may queue no graph of their own.
  return workflow === undefined ? scoped : scoped.difference(ownGraphs)
}

const ownGraphs: ReadonlySet<Permission> = new Set(['graph:edit'])
