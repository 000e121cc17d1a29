/** What did the store last say, and has anybody revoked it since? A cache that forgets at the first doubt. */
import type { UserId } from '@gatehouse/shared/ids'
import { LRUCache } from 'lru-cache'
import type { Change, ChangeFeed } from '../store/store.ts'

export interface RevocableCache<Value extends object> {
  /** The remembered value, or what `load` finds; an absence is not remembered. */
  get(key: string, load: () => Promise<Value | undefined>): Promise<Value | undefined>
  /** Remembers a value that `startedAt` (from `mark`) was read before; ignored when anything changed since. */
  put(key: string, value: Value, startedAt: number): void
  peek(key: string): Value | undefined
  /** Names this moment, for `put`. */
  mark(): number
  delete(key: string): void
}

export interface RevocableCacheOptions<Value extends object> {
  readonly feed: ChangeFeed
  readonly max: number
  /** Milliseconds after which the store is asked again, changed or not. */
  readonly ttlMs: number
  /** Whose it is: changes about another person do not concern it. Left out: nobody's. */
  readonly userOf?: (value: Value) => UserId
  /** By a change about that person. Left out: by each. */
  readonly isAffected?: (value: Value, change: Change) => boolean
  /** Changes after which nothing is remembered, whoever they are about. */
  readonly endsAll?: (change: Change) => boolean
}

export function createRevocableCache<Value extends object>(
  options: RevocableCacheOptions<Value>,
): RevocableCache<Value> {
  const { userOf, isAffected = () => true, endsAll = () => false } = options
  const keysOf = createKeysByUser()
  const entries = new LRUCache<string, Value>({
    ...{ max: options.max, ttl: options.ttlMs },
    dispose: (value, key) => {
      if (userOf !== undefined) keysOf.drop(userOf(value), key)
    },
  })
  let changeCount = 0
  options.feed.subscribe((event) => {
    changeCount += 1
    if (event.kind === 'lost' || endsAll(event.change)) return entries.clear()
    for (const key of keysOf.of(event.change.userId)) {
      const value = entries.peek(key, { allowStale: true })
      if (value !== undefined && isAffected(value, event.change)) entries.delete(key)
    }
  })
  // A value read before a revocation must not be remembered after it.
  const put = (key: string, value: Value, startedAt: number) => {
    if (startedAt !== changeCount) return
    entries.set(key, value)
    // Last: what it takes the place of is disposed of by then.
    if (userOf !== undefined) keysOf.add(userOf(value), key)
  }
  return {
    put,
    mark: () => changeCount,
    peek: (key) => entries.get(key),
    delete: (key) => entries.delete(key),
    get: async (key, load) => {
      const known = entries.get(key)
      if (known !== undefined) return known
      const startedAt = changeCount
      const loaded = await load()
      if (loaded !== undefined) put(key, loaded, startedAt)
      return loaded
    },
  }
}

/** Whose keys are which: a change about one person looks at theirs alone, however many are remembered. */
function createKeysByUser() {
  const byUser = new Map<UserId, Set<string>>()
  return {
    of: (userId: UserId): readonly string[] => [...(byUser.get(userId) ?? [])],
    add: (userId: UserId, key: string): void => {
      const keys = byUser.get(userId) ?? new Set()
      byUser.set(userId, keys.add(key))
    },
    drop: (userId: UserId, key: string): void => {
      const keys = byUser.get(userId)
      if (keys?.delete(key) === true && keys.size === 0) byUser.delete(userId)
    },
  }
}
