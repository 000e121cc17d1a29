/** Who is cut off when rights end? Sockets of revoked credentials and users, within a poll of the store. */
import type { Identity } from '@gatehouse/shared/principal'
import type { SocketOwner } from '../hub/door.ts'
import type { Hub } from '../hub/hub.ts'
import { isRevokedBy } from '../identity/revocation.ts'
import type { SessionLimits } from '../identity/session-lookup.ts'
import type { ChangeFeed, Store } from '../store/store.ts'

export interface RevocationDependencies {
  readonly feed: ChangeFeed
  readonly store: Store
  readonly hub: Pick<Hub, 'close'>
  readonly limits: SessionLimits
}

/** Between two looks for sessions and keys whose time is up. */
const expiryIntervalMs = 15_000

/** Starts watching; returns the way to stop. */
export function closeRevoked({ feed, store, hub, limits }: RevocationDependencies): () => void {
  const unsubscribe = feed.subscribe((event) => {
    // A store that cannot be read cannot say who may still listen: everybody has to prove themselves again.
    hub.close((owner) => event.kind === 'lost' || isRevokedBy(identityOf(owner), event.change))
  })
  const timer = setInterval(() => {
    endExpired(store, hub, limits).catch(() => hub.close(() => true))
  }, expiryIntervalMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    unsubscribe()
  }
}

/** One look for what time has ended. */
export async function endExpired(store: Store, hub: Pick<Hub, 'close'>, limits: SessionLimits): Promise<void> {
  const nowMs = Date.now()
  await store.sessions.prune({ nowMs, idleMs: limits.idleMs })
  // A program that renews its token in time keeps its sockets; one that lets it run out proves nothing any more.
  const lapsed = await store.tokenSessions.listLapsed(nowMs)
  const keys = await store.apiKeys.list()
  const expired = keys.filter((key) => key.expiresAtMs !== null && key.expiresAtMs <= nowMs)
  const over = new Set<string>([...lapsed, ...expired.map((key) => key.id)])
  if (over.size > 0) hub.close((owner) => over.has(owner.credentialId))
}

function identityOf({ userId, credentialId }: SocketOwner): Identity {
  return { userId, credentialId, method: credentialId.startsWith('basic:') ? 'basic' : 'session', provenAtMs: 0 }
}
