/** How is an own job stopped? Taken out while it waits, interrupted while it runs, and never another one's. */
import type { TenantId } from '@gatehouse/shared/ids'
import type { JobFacts } from '../store/job-store.ts'
import type { LedgerParts } from './parts.ts'
import type { JudgeJob, Stop } from './ports.ts'
import { takeOut } from './reorder.ts'

/** Takes own waiting jobs out of the queue. */
export function withdraw(parts: LedgerParts, tenantId: TenantId, which: readonly string[] | 'all'): Promise<void> {
  return exclusively(parts, tenantId, async () => {
    const wanted = which === 'all' ? undefined : new Set(which)
    const waiting = (await parts.store.activeFacts(tenantId)).filter((job) => job.state === 'pending')
    await withdrawAll(
      parts,
      waiting.filter((job) => wanted === undefined || wanted.has(job.id)),
    )
  })
}

/** Stops an own job whether it waits or runs; false when there was nothing to stop. @throws comfyui_down */
export function cancel(parts: LedgerParts, tenantId: TenantId, id: string): Promise<boolean> {
  return exclusively(parts, tenantId, async () => {
    const job = (await parts.store.activeFacts(tenantId)).find((own) => own.id === id)
    if (job === undefined) return false
    if (job.state === 'pending' && (await withdrawAll(parts, [job])) === 1) return true
    // It runs, or started while it was being taken out.
    await parts.queue.cancel(job.upstreamId)
    return true
  })
}

/** Interrupts the tenant's running job, or only `id` when that is the one. @throws comfyui_down */
export function interrupt(parts: LedgerParts, tenantId: TenantId, id: string | undefined): Promise<void> {
  return exclusively(parts, tenantId, async () => {
    for (const job of await parts.store.activeFacts(tenantId)) {
      if (job.state === 'in_progress' && (id === undefined || job.id === id)) await parts.queue.cancel(job.upstreamId)
    }
  })
}

/** Stops every job that must not go on, with a sentence about those that run. @throws comfyui_down while one of them runs */
export async function stopJobs(parts: LedgerParts, judge: JudgeJob): Promise<void> {
  const { store } = parts
  // A prompt that was let in and is not recorded yet is in no list: its tenant is looked at behind it.
  const submitting = parts.tenantLock.busy()
  const unwanted = await judged([...(await store.activeOfEverybody()), ...(await store.arrivals())], judge)
  const failures: unknown[] = []
  for (const tenantId of new Set([...submitting, ...unwanted.map(({ job }) => job.tenantId)])) {
    // One whose running job cannot be stopped yet keeps nobody else's waiting.
    await stopJobsOf(parts, tenantId, judge).catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}

function stopJobsOf(parts: LedgerParts, tenantId: TenantId, judge: JudgeJob): Promise<void> {
  return exclusively(parts, tenantId, async () => {
    const find = async (state: JobFacts['state']) =>
      judged(
        (await parts.store.activeFacts(tenantId)).filter((job) => job.state === state),
        judge,
      )
    const waiting = await find('pending')
    await withdrawAll(
      parts,
      waiting.map(({ job }) => job),
    )
    // Those that started while they were being taken out are pending still.
    for (const { job, stop } of [...(await find('in_progress')), ...(await find('pending'))]) {
      if (stop.sparesRunning) continue
      parts.endings.explain(job.upstreamId, stop.message)
      await parts.queue.cancel(job.upstreamId)
    }
  })
}

interface Unwanted {
  readonly job: JobFacts
  readonly stop: Stop
}

async function judged(jobs: readonly JobFacts[], judge: JudgeJob): Promise<readonly Unwanted[]> {
  const unwanted: Unwanted[] = []
  for (const job of jobs) {
    const stop = await judge(job)
    if (stop !== undefined) unwanted.push({ job, stop })
  }
  return unwanted
}

function exclusively<T>(parts: LedgerParts, tenantId: TenantId, task: () => Promise<T>): Promise<T> {
  return parts.gate.shared(() => parts.tenantLock(tenantId, task))
}

async function withdrawAll(parts: LedgerParts, jobs: readonly JobFacts[]): Promise<number> {
  if (jobs.length === 0) return 0
  const out = await takeOut(parts, jobs).catch((cause: unknown) => {
    parts.log.error('withdraw_not_answered', cause)
    return undefined
  })
  // While ComfyUI does not answer the job is over for its owner, and stopped there should it turn up.
  const watch = out === undefined
  let count = 0
  for (const job of out ?? jobs) {
    if (!(await parts.store.withdraw(job, { nowMs: parts.clock.nowMs(), watch }))) continue
    if (watch) parts.graveyard.watch(job.upstreamId)
    parts.fair.release(job.tenantId, job.upstreamNumber)
    parts.news.changed(job.tenantId)
    count += 1
  }
  return count
}
