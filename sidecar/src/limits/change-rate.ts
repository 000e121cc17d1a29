/** May somebody make another change that is written down? So many that none of them could fill the list of security events. */
import type { Principal } from '@gatehouse/shared/principal'
import { GatehouseError } from '../gatehouse-error.ts'
import { spenderOf } from './prompt-rate.ts'
import { createTokenBuckets } from './token-buckets.ts'

/** Counts a change before it is made. @throws too_many_requests */
export type EnterChange = (principal: Principal) => void

/** As the configuration names them. */
export interface ChangeLimits {
  readonly changes_per_minute: number
  readonly change_burst: number
}

export interface ChangeRateDependencies {
  /** Read at every change, so that a changed configuration holds at once. */
  readonly limitsOf: (principal: Principal) => ChangeLimits
  /** Milliseconds of a clock that is never set back. */
  readonly nowMs: () => number
}

export function createChangeRate({ limitsOf, nowMs }: ChangeRateDependencies): EnterChange {
  const buckets = createTokenBuckets(nowMs)
  return (principal) => {
    const { changes_per_minute: perMinute, change_burst: burst } = limitsOf(principal)
    const { isGranted, waitSeconds } = buckets.take(spenderOf(principal), { perMinute, burst })
    if (isGranted) return
    throw new GatehouseError('too_many_requests', {
      message: `You have made ${burst} changes in a short time, and your role allows ${perMinute} more a minute (limits.changes_per_minute).`,
      headers: { 'Retry-After': String(waitSeconds) },
    })
  }
}
