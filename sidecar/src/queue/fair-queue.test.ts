/** Does the fair queue give every tenant its share, whatever the others do? */
import type { TenantId } from '@gatehouse/shared/ids'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFairQueue, type FairQueue } from './fair-queue.ts'

const [acme, birch, cedar] = ['acme', 'birch', 'cedar'].map(parseTenant) as [TenantId, TenantId, TenantId]

function parseTenant(name: string): TenantId {
  return name as TenantId
}

/** Takes turns, then serves them in the order ComfyUI would. */
function orderOf(queue: FairQueue, takers: readonly (readonly [TenantId, number])[]): string[] {
  const turns = takers.map(([tenant, weight]) => ({ tenant, ...queue.take(tenant, weight) }))
  return turns.sort((a, b) => a.number - b.number).map((turn) => turn.tenant)
}

describe('createFairQueue', () => {
  it('lets a tenant with one job start next although another has five hundred waiting', () => {
    const queue = createFairQueue([])
    const flood = Array.from({ length: 500 }, () => queue.take(acme, 1))
    queue.serve(acme, flood[0]?.number ?? Number.NaN)
    const single = queue.take(birch, 1)
    expect(flood.slice(1).every((turn) => turn.number > single.number)).toBe(true)
  })

  it('alternates tenants of equal weight', () => {
    expect(
      orderOf(createFairQueue([]), [
        [acme, 1],
        [acme, 1],
        [birch, 1],
        [birch, 1],
      ]),
    ).toEqual([acme, birch, acme, birch])
  })

  it('gives a tenant of weight 2 two turns for one of weight 1', () => {
    const takers = [
      ...Array.from({ length: 4 }, () => [acme, 2] as const),
      ...Array.from({ length: 2 }, () => [birch, 1] as const),
    ]
    const order = orderOf(createFairQueue([]), takers)
    expect(order.slice(0, 3).sort()).toEqual([acme, acme, birch])
    expect(order.slice(3).sort()).toEqual([acme, acme, birch])
  })

  it('does not let a tenant save up turns while it is idle', () => {
    const queue = createFairQueue([])
    const busy = Array.from({ length: 100 }, () => queue.take(acme, 1))
    for (const turn of busy) queue.serve(acme, turn.number)
    expect(
      orderOf(queue, [
        [birch, 1],
        [birch, 1],
        [acme, 1],
        [acme, 1],
      ]),
    ).toEqual([birch, acme, birch, acme])
  })

  it('does not charge a tenant for jobs it withdrew', () => {
    const queue = createFairQueue([])
    for (let count = 0; count < 100; count += 1) queue.release(acme, queue.take(acme, 1).number)
    expect(
      orderOf(queue, [
        [birch, 1],
        [acme, 1],
      ]),
    ).toEqual([birch, acme])
    const far = queue.take(acme, 1)
    expect(far.number).toBeLessThan(5_000_000)
  })

  it("puts a job before its tenant's first without overtaking anybody else", () => {
    const queue = createFairQueue([])
    const other = queue.take(birch, 1)
    const first = queue.take(acme, 1)
    const front = queue.takeBefore(acme, first.number)
    expect(front?.number).toBeGreaterThan(other.number)
    expect(front?.number).toBeLessThan(first.number)
  })

  it('refuses to go before a number that nobody holds', () => {
    expect(createFairQueue([]).takeBefore(acme, 5)).toBeUndefined()
  })

  it('ignores a tenant that names a turn of another', () => {
    const queue = createFairQueue([])
    const turn = queue.take(acme, 1)
    queue.release(birch, turn.number)
    queue.serve(birch, turn.number)
    expect(queue.take(cedar, 1).number).not.toBe(turn.number)
  })

  it('continues where the ledger left off', () => {
    const before = createFairQueue([])
    const served = before.take(acme, 1)
    const waiting = before.take(acme, 1)
    const after = createFairQueue([
      { tenantId: acme, ...served, served: true },
      { tenantId: acme, ...waiting, served: false },
    ])
    expect(after.take(acme, 1).number).toBe(before.take(acme, 1).number)
    expect(after.take(birch, 1).number).toBeGreaterThan(served.number)
    expect(after.take(birch, 1).number).not.toBe(waiting.number)
  })

  it('puts nobody before all that wait, although what ran before them was forgotten', () => {
    const before = createFairQueue([])
    for (let count = 0; count < 50; count += 1) before.serve(acme, before.take(acme, 1).number)
    const waiting = [before.take(acme, 1), before.take(acme, 1)]
    const after = createFairQueue(
      waiting.map((turn) => ({ tenantId: acme, ...turn, served: false })),
      { idle: true },
    )
    const late = Array.from({ length: 3 }, () => after.take(birch, 1).number)
    expect(late[0]).toBeGreaterThan(waiting[0]?.number ?? Number.NaN)
    expect(late[1]).toBeGreaterThan(waiting[1]?.number ?? Number.NaN)
    const running = createFairQueue(waiting.map((turn) => ({ tenantId: acme, ...turn, served: false })))
    expect(running.take(birch, 1).number).toBeLessThan(waiting[0]?.number ?? Number.NaN)
  })

  it('keeps numbers finite, unique and increasing per tenant for any history', () => {
    const step = fc.record({ tenant: fc.constantFrom(acme, birch, cedar), weight: fc.double(), act: fc.nat(3) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = createFairQueue([])
        const waiting = new Map<number, TenantId>()
        let served = 0
        for (const { tenant, weight, act } of steps) {
          const lowest = Math.min(...waiting.keys())
          if (act === 0 && waiting.size > 0) {
            queue.serve(waiting.get(lowest) ?? tenant, lowest)
            waiting.delete(lowest)
            served = Math.max(served, lowest)
            continue
          }
          const turn = act === 1 && waiting.size > 0 ? queue.takeBefore(tenant, lowest) : queue.take(tenant, weight)
          if (turn === undefined) continue
          expect(Number.isFinite(turn.number) && turn.number > served && !waiting.has(turn.number)).toBe(true)
          if (act !== 1) {
            for (const [number, owner] of waiting) if (owner === tenant) expect(turn.number).toBeGreaterThan(number)
          }
          waiting.set(turn.number, tenant)
        }
      }),
    )
  })
})
