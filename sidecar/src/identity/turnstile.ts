/** May this expensive work start now, wait, or not even wait? So many at once, so many in line, the rest refused. */
import { GatehouseError } from '../gatehouse-error.ts'

export type Turnstile = <T>(work: () => Promise<T>) => Promise<T>

export function createTurnstile(concurrencyCount: number, queueLimitCount: number): Turnstile {
  const waiting: (() => void)[] = []
  let runningCount = 0
  return async (work) => {
    if (runningCount >= concurrencyCount) {
      if (waiting.length >= queueLimitCount) {
        throw new GatehouseError('too_many_attempts', { headers: { 'Retry-After': '1' }, detail: 'turnstile full' })
      }
      // Whoever leaves hands its place over, so nobody overtakes the line.
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      runningCount += 1
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) runningCount -= 1
      else next()
    }
  }
}
