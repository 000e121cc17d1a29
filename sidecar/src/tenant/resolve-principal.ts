/** On whose behalf? An identity becomes a principal inside exactly one tenant, or is refused. */
import type { UserId } from '@gatehouse/shared/ids'
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
  /** Whether people of a role need a second factor; asked at every request, too. */
  readonly needsFactor?: (role: RoleName) => boolean
}

export type PermissionsOf = (role: RoleName) => ReadonlySet<Permission>

const nothing: ReadonlySet<Permission> = new Set()
const builtIn: PermissionsOf = createRoleTable().permissionsOf

export function createResolvePrincipal({
  users,
  feed,
  permissionsOf = builtIn,
  needsFactor = () => false,
}: ResolvePrincipalDependencies): ResolvePrincipal {
  const members = createRevocableCache<Member>({
    feed,
    max: 2_000,
    ttlMs: 60_000,
    userOf: ({ id }) => id,
  })
  /** Whoever may not act for others any more, does not. */
  const refuseFormerHelper = async (id: UserId | undefined): Promise<void> => {
    const helper = id === undefined ? undefined : await members.get(id, () => users.findById(id))
    if (id === undefined) return
    if (helper?.state === 'active' && permissionsOf(helper.role).has('admin:impersonate')) return
    throw new GatehouseError('unauthenticated', { detail: 'the impersonator may not do so any more' })
  }
  return async (identity) => {
    const member = await members.get(identity.userId, () => users.findById(identity.userId))
    if (member === undefined || member.state !== 'active') {
      throw new GatehouseError('unauthenticated', { detail: 'the user is disabled or gone' })
    }
    await refuseFormerHelper(identity.impersonator)
    if (identity.isByOneFactor === true && needsFactor(member.role)) {
      return Object.freeze({ ...principalOf(identity, member, nothing), needsFactor: true })
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

function narrowed(identity: Identity, role: ReadonlySet<Permission>): ReadonlySet<Permission> {
  const { scopes, workflow, impersonator } = identity
  const held = impersonator === undefined ? role : new Set([...role].filter(mayBeDoneForOthers))
  const scoped = scopes === undefined ? held : held.intersection(scopes)
  // Whoever may run one workflow only may queue no graph of their own.
  return workflow === undefined ? scoped : scoped.difference(ownGraphs)
}

/** Support looks and tries; it does not administer, or leave anything behind with which to come back. */
function mayBeDoneForOthers(permission: Permission): boolean {
  return permission !== 'token:own' && !/^(?:admin|manager):/.test(permission)
}

const ownGraphs: ReadonlySet<Permission> = new Set(['graph:edit'])
