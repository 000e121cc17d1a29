/** May somebody queue another prompt now? One bucket of tokens for each person and kind of credential, never for an address. */
import { callerKey, type IdentityMethod, type Principal } from '@gatehouse/shared/principal'
import { LRUCache } from 'lru-cache'

/** Tokens come in at an even rate and are kept up to the burst. */
export interface Rate {
  readonly perMinute: number
  readonly burst: number
}

export interface Allowance {
  readonly mayPost: boolean
  readonly rate: Rate
  /** Further prompts that may come at once. */
  readonly leftCount: number
  /** Until the next prompt may come; 0 when it may come now. */
  readonly waitSeconds: number
}

export interface PromptRateDependencies {
  /** Read at every prompt, so that a changed configuration holds at once. */
  readonly rateOf: (principal: Principal) => Rate
  /** Milliseconds of a clock that is never set back. */
  readonly nowMs: () => number
}

export interface PromptRate {
  /** Takes a token when there is one; a prompt that comes too early costs none, so that waiting always helps. */
  take(principal: Principal): Allowance
}

interface Bucket {
  readonly tokens: number
  readonly atMs: number
}

/** People, not requests: more than any installation has at work within a minute. */
const maxBuckets = 100_000
/** What many small refills lose in rounding. */
const whole = 1 - 1e-6

export function createPromptRate({ rateOf, nowMs }: PromptRateDependencies): PromptRate {
  const buckets = new LRUCache<string, Bucket>({ max: maxBuckets })
  return {
    take: (principal) => {
      const rate = rateOf(principal)
      const perMs = rate.perMinute / 60_000
      const atMs = nowMs()
      const id = `${credentialKind(principal)}:${callerKey(principal)}`
      const before = buckets.get(id) ?? { tokens: rate.burst, atMs }
      const tokens = Math.min(rate.burst, before.tokens + Math.max(0, atMs - before.atMs) * perMs)
      const mayPost = tokens >= whole
      const left = Math.max(0, mayPost ? tokens - 1 : tokens)
      buckets.set(id, { tokens: left, atMs })
      const waitSeconds = left >= whole ? 0 : Math.ceil((whole - left) / perMs / 1000)
      return { mayPost, rate, leftCount: Math.floor(left + 1 - whole), waitSeconds }
    },
  }
}

const pageMethods: ReadonlySet<IdentityMethod> = new Set(['session', 'trusted-header', 'local', 'guest'])

/** Whether a person clicks in a page, or a program holds a credential: a program's loop shall not take the page along. */
export function credentialKind({ identity }: Pick<Principal, 'identity'>): 'page' | 'key' {
  return pageMethods.has(identity.method) ? 'page' : 'key'
}

/** The constant part of the header fields (draft-ietf-httpapi-ratelimit-headers-10): the burst, and the seconds that refill it. */
export function policyHeader({ perMinute, burst }: Rate): Readonly<Record<string, string>> {
  return { 'ratelimit-policy': `"prompts";q=${burst};w=${Math.ceil((burst * 60) / perMinute)}` }
}

/** What a refusal carries: how many are left, and the seconds until there is another. */
export function refusalHeaders({ rate, leftCount, waitSeconds }: Allowance): Readonly<Record<string, string>> {
  return {
    ...policyHeader(rate),
    ratelimit: `"prompts";r=${leftCount};t=${waitSeconds}`,
    'retry-after': String(waitSeconds),
  }
}
