/** Do jobs follow their tenant, although the store cannot tell at first where they are, or one of them fails? */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createMover, type MoverDependencies } from './move-tenants.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function parseDependencies(value: unknown): MoverDependencies {
  return value as MoverDependencies
}

it('jobs are sent on at whichever look that can be done, and nothing is looked for after the end', async () => {
  let isThere = false
  const [moved, failures]: [string[], unknown[]] = [[], []]
  const old = {
    moveAway: async (tenantId: string) => {
      if (tenantId === 'birch' && moved.length < 2) throw new Error('the disk is full')
      moved.push(tenantId)
    },
  }
  const mover = createMover(
    parseDependencies({
      places: {
        active: async () => {
          if (!isThere) throw new Error('the disk is gone')
          return ['birch', 'acme'].map((tenantId) => ({ tenantId, worker: 'old' }))
        },
      },
      placement: { workerOf: async () => 'new' },
      ledgers: new Map([['old', old]]),
      log: { error: (error: unknown) => failures.push(error) },
    }),
  )
  mover.look()
  await vi.advanceTimersByTimeAsync(0)
  expect([moved, failures.length]).toEqual([[], 1])
  isThere = true
  await vi.advanceTimersByTimeAsync(1_000)
  expect([moved, failures.length]).toEqual([['acme'], 2])
  await vi.advanceTimersByTimeAsync(1_000)
  expect([moved, failures.length]).toEqual([['acme', 'acme'], 3])
  await vi.advanceTimersByTimeAsync(1_000)
  expect([moved, failures.length]).toEqual([['acme', 'acme', 'birch', 'acme'], 3])
  await mover.stop()
  mover.look()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(moved).toHaveLength(4)
})
