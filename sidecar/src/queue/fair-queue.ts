/** Whose turn is it? The `number` a tenant's next job gets in ComfyUI's queue, where the lowest runs first. */
import type { TenantId } from '@gatehouse/shared/ids'

/*
 * Start-time fair queueing (Goyal, Vin, Cheng 1996): a job starts, in virtual time, when the tenant's job before it
 * ends, but never before the job that runs now. Numbers are integers far below 2^53, so that they survive as doubles.
 */

/** Virtual time that one job of weight 1 takes; leaves room for ties between tenants. */
const costOfOneJob = 1_000_000
const minimumCost = 1_000

export interface Turn {
  /** Finite, unique among the jobs that wait, above every number that was served. */
  readonly number: number
  /** Virtual time at which the tenant's next turn may start. */
  readonly finish: number
}

export interface KnownTurn extends Turn {
  readonly tenantId: TenantId
  /** Whether its job has started already. */
  readonly served: boolean
}

export interface FairQueue {
  /** A turn behind all others of the same tenant; `weight` 2 gets twice the turns of weight 1. */
  take(tenantId: TenantId, weight: number): Turn
  /** A turn just before `number`, for a job that its own tenant puts in front. */
  takeBefore(tenantId: TenantId, number: number): Turn | undefined
  /** Its job started: virtual time moves on. */
  serve(tenantId: TenantId, number: number): void
  /** Its job will not run under it. */
  release(tenantId: TenantId, number: number): void
}

interface FairQueueOptions {
  /** No job runs as this begins. */
  readonly idle: boolean
}

/** Continues from the turns that the ledger remembers. */
export function createFairQueue(known: readonly KnownTurn[], { idle }: FairQueueOptions = { idle: false }): FairQueue {
  const waiting = new Map<number, KnownTurn>()
  const servedFinish = new Map<TenantId, number>()
  let virtualTime = 0

  const serve = (turn: KnownTurn): void => {
    virtualTime = Math.max(virtualTime, turn.number)
    servedFinish.set(turn.tenantId, Math.max(servedFinish.get(turn.tenantId) ?? 0, turn.finish))
    waiting.delete(turn.number)
    for (const [tenantId, finish] of servedFinish) if (finish <= virtualTime) servedFinish.delete(tenantId)
  }
  for (const turn of known) {
    if (turn.served) serve(turn)
    else waiting.set(turn.number, turn)
  }
  // Tenants may have forgotten every job that was served, and taken the time with them: whoever comes now would then
  // overtake all that wait. Where nothing runs, it is the turn of the first of them.
  if (idle && waiting.size > 0) virtualTime = Math.max(virtualTime, lowest(waiting.keys()) - 1)

  const take = (tenantId: TenantId, weight: number): Turn => {
    let start = Math.max(virtualTime + 1, servedFinish.get(tenantId) ?? 0)
    for (const turn of waiting.values()) if (turn.tenantId === tenantId) start = Math.max(start, turn.finish)
    let number = Math.ceil(start)
    while (waiting.has(number)) number += 1
    const turn = { number, finish: number + costOf(weight) }
    waiting.set(number, { ...turn, tenantId, served: false })
    return turn
  }

  return {
    take,
    takeBefore: (tenantId, number) => {
      const next = waiting.get(number)
      let below = virtualTime
      for (const taken of waiting.keys()) if (taken < number) below = Math.max(below, taken)
      const before = below < number - 1 ? number - 1 : (below + number) / 2
      if (next === undefined || before <= below || before >= number) return undefined
      const turn = { number: before, finish: next.finish }
      waiting.set(before, { ...turn, tenantId, served: false })
      return turn
    },
    serve: (tenantId, number) => {
      const turn = waiting.get(number)
      if (turn !== undefined && turn.tenantId === tenantId) serve(turn)
    },
    release: (tenantId, number) => {
      if (waiting.get(number)?.tenantId === tenantId) waiting.delete(number)
    },
  }
}

/** Of more numbers than a call takes arguments. */
function lowest(numbers: Iterable<number>): number {
  let least = Number.POSITIVE_INFINITY
  for (const number of numbers) least = Math.min(least, number)
  return least
}

function costOf(weight: number): number {
  const cost = Number.isFinite(weight) && weight > 0 ? Math.round(costOfOneJob / weight) : costOfOneJob
  return Math.min(Math.max(cost, minimumCost), costOfOneJob * 1_000)
}
