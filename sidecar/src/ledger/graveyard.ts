/** Which prompts must not run in ComfyUI although a request for them may still be on its way? Watches, and stops them. */
import type { JobId, UpstreamPromptId } from '@gatehouse/shared/ids'
import type { DeadPost, JobStore } from '../store/job-store.ts'
import type { Clock, LedgerLog } from './ports.ts'
import type { QueueSnapshot, UpstreamQueue } from './upstream.ts'

/** A request older than this cannot turn up any more: the sidecar gave up on it long before. */
const watchMs = 10 * 60_000
const sweepDelaysMs = [500, 1_000, 3_000, 10_000, 30_000, 60_000, 120_000]

export interface Graveyard {
  bury(upstreamId: UpstreamPromptId, jobId: JobId): Promise<void>
  /** For callers that wrote the row in a transaction of their own. */
  watch(upstreamId: UpstreamPromptId): void
  holds(upstreamId: string): boolean
  /** Stops what turned up. @throws comfyui_down */
  sweep(snapshot: QueueSnapshot): Promise<void>
  /** Stops one that just started. */
  stop(upstreamId: string): Promise<void>
  close(): void
}

interface GraveyardDependencies {
  readonly store: JobStore
  readonly queue: UpstreamQueue
  readonly clock: Clock
  readonly log: LedgerLog
  readonly known: readonly DeadPost[]
}

export function createGraveyard({ store, queue, clock, log, known }: GraveyardDependencies): Graveyard {
  const dead = new Map<string, DeadPost>(known.map((post) => [post.upstreamId, post]))
  let cancelTimer: (() => void) | undefined
  let round = 0
  let closed = false

  const sweep = async ({ pending, running }: QueueSnapshot): Promise<void> => {
    const waiting = [...dead.keys()].filter((id) => pending.has(id))
    await queue.deletePending(waiting)
    for (const post of dead.values()) if (running.has(post.upstreamId)) await queue.cancel(post.upstreamId)
    const oldMs = clock.nowMs() - watchMs
    await store.dropDeadPosts(oldMs)
    for (const post of dead.values()) if (post.sinceMs < oldMs) dead.delete(post.upstreamId)
  }

  const schedule = (): void => {
    if (closed || dead.size === 0 || cancelTimer !== undefined) return
    const delayMs = sweepDelaysMs[Math.min(round, sweepDelaysMs.length - 1)] ?? watchMs
    cancelTimer = clock.after(delayMs, () => {
      cancelTimer = undefined
      round += 1
      queue
        .snapshot()
        .then(sweep)
        // ComfyUI is down: what it had in memory is gone, and the next round asks again.
        .catch((cause) => log.error('graveyard_sweep_failed', cause))
        .finally(schedule)
    })
  }

  const watch = (upstreamId: UpstreamPromptId): void => {
    dead.set(upstreamId, { upstreamId, sinceMs: clock.nowMs() })
    round = 0
    cancelTimer?.()
    cancelTimer = undefined
    schedule()
  }

  schedule()
  return {
    bury: async (upstreamId, jobId) => {
      await store.watchPost(upstreamId, jobId, clock.nowMs())
      watch(upstreamId)
    },
    watch,
    holds: (upstreamId) => dead.has(upstreamId),
    sweep,
    stop: async (upstreamId) => {
      const post = dead.get(upstreamId)
      if (post !== undefined) await queue.cancel(post.upstreamId)
    },
    close: () => {
      closed = true
      cancelTimer?.()
    },
  }
}
