/** Who listens? Sockets by tenant, by user and by the client id they chose. */
import type { TenantId, UserId } from '@gatehouse/shared/ids'
import { callerKey, type Principal } from '@gatehouse/shared/principal'
import type { Member } from './member.ts'

export interface Audience {
  add(member: Member): void
  remove(member: Member): void
  /** Sockets of one user under one client id, on every worker: several tabs may share it, nobody else can. */
  of(userId: UserId, clientId: string | undefined): readonly Member[]
  inTenant(tenantId: TenantId): readonly Member[]
  tenants(): readonly TenantId[]
  /** Sockets of one caller. */
  countOf(principal: Principal): number
  all(): readonly Member[]
}

/**
 * Those who joined one hub. `everybody` knows those of all hubs: a job may end on the worker that its tenant has left,
 * while its owner's sockets are on the new one.
 */
export function createAudience(everybody?: Audience): Audience {
  const byUser = new Map<UserId, Set<Member>>()
  const byTenant = new Map<TenantId, Set<Member>>()
  const own: Audience = {
    add: (member) => {
      everybody?.add(member)
      setOf(byUser, member.principal.userId).add(member)
      setOf(byTenant, member.principal.tenant.id).add(member)
    },
    remove: (member) => {
      everybody?.remove(member)
      drop(byUser, member.principal.userId, member)
      drop(byTenant, member.principal.tenant.id, member)
    },
    of: (userId, clientId) => {
      if (clientId === undefined) return []
      return [...(byUser.get(userId) ?? [])].filter((member) => member.clientId === clientId)
    },
    inTenant: (tenantId) => [...(byTenant.get(tenantId) ?? [])],
    tenants: () => [...byTenant.keys()],
    countOf: (principal) =>
      [...(byUser.get(principal.userId) ?? [])].filter((member) => callerKey(member.principal) === callerKey(principal))
        .length,
    all: () => [...byTenant.values()].flatMap((members) => [...members]),
  }
  return everybody === undefined ? own : { ...own, of: everybody.of, countOf: everybody.countOf }
}

function setOf<Key>(map: Map<Key, Set<Member>>, key: Key): Set<Member> {
  const known = map.get(key)
  if (known !== undefined) return known
  const created = new Set<Member>()
  map.set(key, created)
  return created
}

function drop<Key>(map: Map<Key, Set<Member>>, key: Key, member: Member): void {
  const members = map.get(key)
  members?.delete(member)
  if (members?.size === 0) map.delete(key)
}
