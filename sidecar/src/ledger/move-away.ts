/** What happens to jobs when their tenant is placed on another worker? Those that wait go along, those that run stay. */
import type { TenantId } from '@gatehouse/shared/ids'
import type { JobFacts } from '../store/job-store.ts'
import { endLost } from './end-lost.ts'
import type { LedgerParts } from './parts.ts'
import { takeOut } from './reorder.ts'
import { repost } from './repost.ts'

export interface Movers {
  /** Hands the tenant's waiting jobs to another worker, which posts them. */
  moveAway(tenantId: TenantId, worker: string): Promise<void>
  /** This worker is no longer configured: nobody will ever tell how its running jobs end. */
  abandon(tenantId: TenantId): Promise<void>
  /** Jobs were handed to this worker. */
  arrived(): void
}

/** A moved job waits at the end of its new queue: what its turn was worth elsewhere says nothing here. */
const weightOfArrivals = 1

export function createMovers(parts: LedgerParts): Movers {
  return {
    moveAway: (tenantId, worker) => exclusively(parts, tenantId, () => moveWaiting(parts, tenantId, worker)),
    abandon: (tenantId) =>
      exclusively(parts, tenantId, async () => {
        for (const job of await parts.store.activeFacts(tenantId)) await endLost(parts, job, messages.removed)
      }),
    arrived: () => parts.news.doubtful(),
  }
}

/** Posts what came from other workers, in the order in which it waited there; part of reconciling. */
export async function postArrivals(parts: LedgerParts): Promise<number> {
  let count = 0
  for (const job of await parts.store.arrivals()) {
    // Its person may have lost the right on the way: this worker was asked before it came, and the other after it left.
    if ((await parts.judgeArrival(job)) !== undefined) {
      await parts.store.withdraw(job, { nowMs: parts.clock.nowMs(), watch: false })
      parts.news.changed(job.tenantId)
      continue
    }
    const turn = parts.fair.take(job.tenantId, weightOfArrivals)
    const { attempt, suspectedCount } = job
    const result = await repost(parts, { job, turn, attempt, suspectedCount, watch: false })
    if (result === 'ended') parts.fair.release(job.tenantId, turn.number)
    if (result === 'unreachable') break
    parts.news.changed(job.tenantId)
    count += 1
  }
  return count
}

async function moveWaiting(parts: LedgerParts, tenantId: TenantId, worker: string): Promise<void> {
  const waiting = (await parts.store.activeFacts(tenantId)).filter((job) => job.state === 'pending')
  const out = await takeOut(parts, waiting).catch((cause: unknown) => {
    parts.log.error('move_not_answered', cause)
    return undefined
  })
  // A worker that does not answer may still hold them: should they turn up there, they are stopped.
  const watch = out === undefined ? { sinceMs: parts.clock.nowMs() } : undefined
  for (const job of out ?? waiting) await moveOne(parts, job, { worker, watch })
}

interface Move {
  readonly worker: string
  readonly watch: { readonly sinceMs: number } | undefined
}

async function moveOne(parts: LedgerParts, job: JobFacts, { worker, watch }: Move): Promise<void> {
  if (job.hadSecret) {
    if (watch !== undefined) await parts.graveyard.bury(job.upstreamId, job.id)
    await endLost(parts, job, messages.secret)
    return
  }
  if (!(await parts.store.moveTo(job, worker, watch))) return
  parts.fair.release(job.tenantId, job.upstreamNumber)
  if (watch !== undefined) parts.graveyard.watch(job.upstreamId)
}

const messages = {
  removed: 'The ComfyUI that had this job was taken out of the configuration. It was not started again.',
  secret:
    'You were moved to another ComfyUI. This job used a Comfy.org login, which is not kept, so it was not started there.',
} as const

function exclusively(parts: LedgerParts, tenantId: TenantId, task: () => Promise<void>): Promise<void> {
  return parts.gate.shared(() => parts.tenantLock(tenantId, task))
}
