/** May this happen now? A bucket of tokens for each name: they come in at an even rate and are kept up to the burst. */
import { LRUCache } from 'lru-cache'

export interface Rate {
  readonly perMinute: number
  readonly burst: number
}

export interface Taken {
  readonly isGranted: boolean
  /** Further ones that may come at once. */
  readonly leftCount: number
  /** Until the next one may come; 0 when it may come now. */
  readonly waitSeconds: number
}

export interface TokenBuckets {
  /** Takes a token when there is one beside the reserve; who comes too early loses none, so that waiting always helps. */
  take(name: string, rate: Rate, reserveCount?: number): Taken
}

interface Bucket {
  readonly tokens: number
  readonly atMs: number
}

/** People, not requests: more than any installation has at work within a minute. */
const maxBuckets = 100_000
/** What many small refills lose in rounding. */
const whole = 1 - 1e-6

/** `nowMs`: best of a clock that is never set back. */
export function createTokenBuckets(nowMs: () => number): TokenBuckets {
  const buckets = new LRUCache<string, Bucket>({ max: maxBuckets })
  return {
    take: (name, rate, reserveCount = 0) => {
      const perMs = rate.perMinute / 60_000
      const atMs = nowMs()
      const before = buckets.get(name) ?? { tokens: rate.burst, atMs }
      const tokens = Math.min(rate.burst, before.tokens + Math.max(0, atMs - before.atMs) * perMs)
      const needed = whole + reserveCount
      const isGranted = tokens >= needed
      const left = Math.max(0, isGranted ? tokens - 1 : tokens)
      buckets.set(name, { tokens: left, atMs })
      const waitSeconds = left >= needed ? 0 : Math.ceil((needed - left) / perMs / 1000)
      return { isGranted, leftCount: Math.max(0, Math.floor(left - reserveCount + 1 - whole)), waitSeconds }
    },
  }
}
