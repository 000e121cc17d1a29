/** What does the hub do with jobs whose worker fails? Sees what ComfyUI holds, ends a job that hangs, gives one up. */
import type { JobFacts } from '../store/job-store.ts'
import { arrayOr } from '../transform/json-shape.ts'
import type { LedgerParts } from './parts.ts'
import type { QueueSnapshot } from './upstream.ts'

export interface WorkerJobs {
  /** Everybody's jobs that wait or run. */
  active(): Promise<readonly JobFacts[]>
  running(): Promise<readonly JobFacts[]>
  /** What ComfyUI itself says that it holds, other people's prompts included. @throws comfyui_down */
  snapshot(): Promise<QueueSnapshot>
  /** Asks ComfyUI to end a running job, with a sentence for its owner. @throws comfyui_down */
  stop(job: JobFacts, message: string): Promise<void>
  /** Ends a job that ComfyUI does not end, with a sentence for its owner. It is never posted again. */
  giveUp(job: JobFacts, message: string): Promise<void>
}

export function createWorkerJobs(parts: LedgerParts): WorkerJobs {
  const active = async (): Promise<readonly JobFacts[]> =>
    (await parts.store.activeOfEverybody()).filter((job) => job.state !== 'submitting')
  return {
    active,
    running: async () => (await active()).filter((job) => job.state === 'in_progress'),
    snapshot: () => parts.queue.snapshot(),
    stop: (job, message) => {
      parts.endings.explain(job.upstreamId, message)
      return parts.queue.cancel(job.upstreamId)
    },
    giveUp: (job, message) =>
      parts.gate.shared(() => parts.tenantLock(job.tenantId, () => giveUp(parts, job.upstreamId, message))),
  }
}

async function giveUp(parts: LedgerParts, upstreamId: string, message: string): Promise<void> {
  // It may have ended at last, a moment ago.
  const job = await parts.live.find(upstreamId)
  if (job === undefined) return
  const status = await parts.observer.lost(job, { reason: 'hung', type: 'JobTimeout', message })
  parts.news.settled(job, arrayOr(status.messages))
}
