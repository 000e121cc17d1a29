/** Where among its own jobs does a tenant's new one go? `front` and `number` move nobody else's. */
import type { TenantId } from '@gatehouse/shared/ids'
import type { Turn } from '../queue/fair-queue.ts'
import type { JobFacts } from '../store/job-store.ts'
import type { LedgerParts } from './parts.ts'
import { repost } from './repost.ts'

export interface Placement {
  /** The new job's. */
  readonly turn: Turn
  /** Own jobs that have to run after it, in their order. */
  readonly behind: readonly JobFacts[]
  /** The turn at the end that they get in exchange. */
  readonly spare: Turn | undefined
}

interface Wish {
  readonly tenantId: TenantId
  readonly weight: number
  readonly sortNumber: number
}

export async function placeFor(
  { store, fair }: LedgerParts,
  { tenantId, weight, sortNumber }: Wish,
): Promise<Placement> {
  const waiting = (await store.activeFacts(tenantId)).filter((job) => job.state === 'pending')
  const behind = waiting.filter((job) => job.sortNumber > sortNumber)
  const last = fair.take(tenantId, weight)
  const first = behind[0]
  const before = first === undefined ? undefined : fair.takeBefore(tenantId, first.upstreamNumber)
  if (before === undefined) return { turn: last, behind: [], spare: undefined }
  return { turn: before, behind, spare: last }
}

/** The new job was not queued: nobody moves. */
export function undoPlacement({ fair }: LedgerParts, tenantId: TenantId, { turn, spare }: Placement): void {
  fair.release(tenantId, turn.number)
  if (spare !== undefined) fair.release(tenantId, spare.number)
}

/**
 * Moves every job behind the new one to the next own turn, so that going first gains no turn against other tenants.
 * ComfyUI cannot change a number: the jobs are taken out and posted again. Jobs with a secret keep their turn.
 */
export async function shiftBehind(parts: LedgerParts, tenantId: TenantId, { behind, spare }: Placement): Promise<void> {
  if (spare === undefined) return
  try {
    const movable = behind.filter((job) => !job.hadSecret)
    const out = await takeOut(parts, movable)
    const turns = [...out.slice(1).map(turnOf), spare]
    const freed = out[0]?.upstreamNumber ?? spare.number
    for (const [index, job] of out.entries()) {
      await repost(parts, {
        job,
        turn: turns[index] ?? spare,
        attempt: job.attempt,
        suspectedCount: job.suspectedCount,
        watch: false,
      })
    }
    parts.fair.release(tenantId, freed)
  } catch (cause) {
    // The new job is queued whatever happens to the order of the others; reconciling finds those that are out.
    parts.log.error('reorder_failed', cause)
    parts.news.doubtful()
  }
}

/** Takes waiting jobs out of ComfyUI's queue; those that started or ended meanwhile are not in the answer. */
export async function takeOut({ queue }: LedgerParts, jobs: readonly JobFacts[]): Promise<readonly JobFacts[]> {
  if (jobs.length === 0) return []
  await queue.deletePending(jobs.map((job) => job.upstreamId))
  // In this order: a job that is neither running now nor in the history afterwards was still waiting when it was deleted.
  const { running, pending } = await queue.snapshot()
  const out: JobFacts[] = []
  for (const job of jobs) {
    if (running.has(job.upstreamId) || pending.has(job.upstreamId)) continue
    if ((await queue.historyEntry(job.upstreamId)) === undefined) out.push(job)
  }
  return out
}

function turnOf(job: JobFacts): Turn {
  return { number: job.upstreamNumber, finish: job.upstreamFinish }
}
