/** How much may all slow readers together leave unread in memory? So much; beyond it the slowest of who holds most is dropped. */
import type { Duplex } from 'node:stream'
import type { Principal } from '@gatehouse/shared/principal'

/** A socket, as far as what it has not read is concerned. */
export interface Reader {
  readonly principal: Principal
  readonly clientId: string
  readonly wire: Pick<Duplex, 'writableLength' | 'writableNeedDrain' | 'once'>
  /** Ends it, and frees what waits for it. */
  readonly drop: () => void
}

export interface Backlog {
  /** After each write to it. */
  written(reader: Reader): void
  gone(reader: Reader): void
}

/** One for the whole process. The limit is asked at each use: a changed one is obeyed without a restart. */
export function createBacklog(limitBytes: () => number): Backlog {
  /** Bytes when last looked at, in the order in which they fell behind: the slowest first. */
  const behind = new Map<Reader, number>()
  let sum = 0
  /** What sockets that hold the same frames make the sum too large by. */
  let shared = 0
  const note = (reader: Reader, bytes: number): void => {
    sum += bytes - (behind.get(reader) ?? 0)
    behind.set(reader, bytes)
  }
  const gone = (reader: Reader): void => {
    sum -= behind.get(reader) ?? 0
    behind.delete(reader)
    if (behind.size === 0) shared = 0
  }
  const shed = (): void => {
    for (const reader of behind.keys()) note(reader, reader.wire.writableLength)
    let tenants = heldByTenant(behind)
    while (total(tenants) > limitBytes()) {
      const slowest = slowestOf(behind, tenants)
      if (slowest === undefined) break
      gone(slowest)
      slowest.drop()
      tenants = heldByTenant(behind)
    }
    shared = sum - total(tenants)
  }
  return {
    written: (reader) => {
      if (!behind.has(reader)) {
        // Whoever reads has read it before the next one comes.
        if (!reader.wire.writableNeedDrain) return
        reader.wire.once('drain', () => gone(reader))
      }
      note(reader, reader.wire.writableLength)
      if (sum - shared > limitBytes()) shed()
    },
    gone,
  }
}

/**
 * Bytes by tenant. Sockets of one user under one client id are told the same, and hold the same frames once: what a
 * socket has not read is all that came since it stopped, so the one that is furthest behind holds what the others do.
 */
function heldByTenant(behind: ReadonlyMap<Reader, number>): ReadonlyMap<string, number> {
  const groups = new Map<string, { readonly tenantId: string; bytes: number }>()
  for (const [{ principal, clientId }, bytes] of behind) {
    const key = JSON.stringify([principal.userId, clientId])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { tenantId: principal.tenant.id, bytes })
    else group.bytes = Math.max(group.bytes, bytes)
  }
  const tenants = new Map<string, number>()
  for (const { tenantId, bytes } of groups.values()) tenants.set(tenantId, (tenants.get(tenantId) ?? 0) + bytes)
  return tenants
}

function total(tenants: ReadonlyMap<string, number>): number {
  return [...tenants.values()].reduce((bytes, more) => bytes + more, 0)
}

/** Of the tenant that holds most: nobody else's slow sockets end because of theirs. */
function slowestOf(behind: ReadonlyMap<Reader, number>, tenants: ReadonlyMap<string, number>): Reader | undefined {
  const [most] = [...tenants].reduce((a, b) => (b[1] > a[1] ? b : a), ['', -1])
  return [...behind.keys()].find(({ principal }) => principal.tenant.id === most)
}
