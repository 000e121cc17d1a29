/** Is this session still open? One answer for the raw lane and for express-session, with both limits applied. */
import type { SessionHash } from '@gatehouse/shared/ids'
import type { ChangeFeed, SessionRecord, Sessions } from '../store/store.ts'
import { createRevocableCache } from './revocable-cache.ts'

export interface SessionLimits {
  /** Milliseconds without a request after which a session ends. */
  readonly idleMs: number
  /** Milliseconds after which it ends in any case. */
  readonly absoluteMs: number
}

export const defaultSessionLimits: SessionLimits = {
  idleMs: 24 * 60 * 60 * 1000,
  absoluteMs: 30 * 24 * 60 * 60 * 1000,
}

export interface SessionLookup {
  readonly limits: SessionLimits
  /** The open session, now seen; undefined for unknown, ended and expired ones alike. */
  find(hash: SessionHash): Promise<SessionRecord | undefined>
}

export interface SessionLookupDependencies {
  readonly sessions: Sessions
  readonly feed: ChangeFeed
  readonly limits: SessionLimits
  readonly now: () => number
}

/** Between two notes of when a session was last seen. */
const touchIntervalMs = 60_000

export function createSessionLookup({ sessions, feed, limits, now }: SessionLookupDependencies): SessionLookup {
  const cache = createRevocableCache<SessionRecord>({
    feed,
    max: 5_000,
    ttlMs: 60_000,
    userOf: ({ userId }) => userId,
    isAffected: ({ hash }, change) => change.kind !== 'session' || change.credentialId === hash,
  })
  const noteSeen = async (record: SessionRecord, startedAt: number): Promise<SessionRecord> => {
    // A note that is due must be made even under a short idle limit.
    if (now() - record.lastSeenAtMs < Math.min(touchIntervalMs, limits.idleMs / 4)) return record
    const seen = { ...record, lastSeenAtMs: now() }
    cache.put(record.hash, seen, startedAt)
    await sessions.touch(record.hash, seen.lastSeenAtMs)
    return seen
  }
  return {
    limits,
    find: async (hash) => {
      // From before the store is asked: what ended in the meantime is not put back as just seen.
      const startedAt = cache.mark()
      const record = await cache.get(hash, () => sessions.find(hash))
      if (record === undefined) return undefined
      if (now() >= record.expiresAtMs || now() - record.lastSeenAtMs >= limits.idleMs) {
        await sessions.revoke(hash, 'keep')
        return undefined
      }
      return noteSeen(record, startedAt)
    },
  }
}
