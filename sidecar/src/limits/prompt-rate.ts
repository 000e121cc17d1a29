/** May somebody queue another prompt now? One bucket of tokens for each person and kind of credential, never for an address. */
import { callerKey, type IdentityMethod, type Principal } from '@gatehouse/shared/principal'
import { createTokenBuckets, type Rate } from './token-buckets.ts'

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

export function createPromptRate({ rateOf, nowMs }: PromptRateDependencies): PromptRate {
  const buckets = createTokenBuckets(nowMs)
  return {
    take: (principal) => {
      const rate = rateOf(principal)
      const { isGranted, ...allowance } = buckets.take(spenderOf(principal), rate)
      return { mayPost: isGranted, rate, ...allowance }
    },
  }
}

/** Whose bucket it is: a program's loop shall not take the page of the same person along. */
export function spenderOf(principal: Principal): string {
  return `${credentialKind(principal)}:${callerKey(principal)}`
}

const pageMethods: ReadonlySet<IdentityMethod> = new Set(['session', 'trusted-header', 'local', 'guest'])

/** Whether a person clicks in a page, or a program holds a credential: a program's loop shall not take the page along. */
export function credentialKind({ identity }: Pick<Principal, 'identity'>): 'page' | 'key' {
  return pageMethods.has(identity.method) || identity.isAmbient === true ? 'page' : 'key'
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
