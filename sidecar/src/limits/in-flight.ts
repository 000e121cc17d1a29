/** How many requests of one person are under way? Counted over both lanes, and refused beyond what the role allows. */
import type { ServerResponse } from 'node:http'
import { callerKey, type Principal } from '@gatehouse/shared/principal'
import { GatehouseError } from '../gatehouse-error.ts'

/** Counts a request until its answer is out, or its client gone. @throws too_many_requests */
export type EnterRequest = (principal: Principal, response: ServerResponse) => void

export interface InFlightDependencies {
  /** Read at every request. */
  readonly limitOf: (principal: Principal) => number
}

export function createInFlight({ limitOf }: InFlightDependencies): EnterRequest {
  const counts = new Map<string, number>()
  return (principal, response) => {
    const caller = callerKey(principal)
    // Nobody waits for an answer any more, and nothing would take it off the count.
    if (response.closed) return
    const count = counts.get(caller) ?? 0
    const limit = limitOf(principal)
    if (count >= limit) {
      throw new GatehouseError('too_many_requests', {
        message: `You have ${count} requests under way, and your role allows ${limit} at once.`,
        headers: { 'Retry-After': '1' },
      })
    }
    counts.set(caller, count + 1)
    response.once('close', () => {
      const left = (counts.get(caller) ?? 1) - 1
      if (left > 0) counts.set(caller, left)
      else counts.delete(caller)
    })
  }
}
