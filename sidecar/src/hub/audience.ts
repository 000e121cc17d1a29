/** Who listens? Sockets by tenant, by user and by the client id they chose. */
import type { TenantId, UserId } from '@gatehouse/shared/ids'
import type { Member } from './member.ts'

export interface Audience {
  add(member: Member): void
  remove(member: Member): void
  /** Sockets of one user under one client id: several tabs may share it, nobody else can. */
  of(userId: UserId, clientId: string | undefined): readonly Member[]
  inTenant(tenantId: TenantId): readonly Member[]
  tenants(): readonly TenantId[]
  countOf(userId: UserId): number
  all(): readonly Member[]
}

export function createAudience(): Audience {
  const byUser = new Map<UserId, Set<Member>>()
  const byTenant = new Map<TenantId, Set<Member>>()
  return {
    add: (member) => {
      setOf(byUser, member.principal.userId).add(member)
      setOf(byTenant, member.principal.tenant.id).add(member)
    },
    remove: (member) => {
      drop(byUser, member.principal.userId, member)
      drop(byTenant, member.principal.tenant.id, member)
    },
    of: (userId, clientId) => {
      if (clientId === undefined) return []
      return [...(byUser.get(userId) ?? [])].filter((member) => member.clientId === clientId)
    },
    inTenant: (tenantId) => [...(byTenant.get(tenantId) ?? [])],
    tenants: () => [...byTenant.keys()],
    countOf: (userId) => byUser.get(userId)?.size ?? 0,
    all: () => [...byTenant.values()].flatMap((members) => [...members]),
  }
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
