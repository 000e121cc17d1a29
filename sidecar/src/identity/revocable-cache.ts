/** What did the store last say, and has anybody revoked it since? A cache that forgets at the first doubt. */
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
  readonly isAffected: (value: Value, change: Change) => boolean
}

export function createRevocableCache<Value extends object>(
  options: RevocableCacheOptions<Value>,
): RevocableCache<Value> {
  const entries = new LRUCache<string, Value>({ max: options.max, ttl: options.ttlMs })
  let changeCount = 0
  options.feed.subscribe((event) => {
    changeCount += 1
    if (event.kind === 'lost') return entries.clear()
    for (const [key, value] of entries.entries()) if (options.isAffected(value, event.change)) entries.delete(key)
  })
  // A value read before a revocation must not be remembered after it.
  const put = (key: string, value: Value, startedAt: number) => {
    if (startedAt === changeCount) entries.set(key, value)
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
