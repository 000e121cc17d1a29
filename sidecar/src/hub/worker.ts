/** Who watches over ComfyUI's worker, and who hears of it? Its health, the jobs that hang, and the news for their owners. */
import type { TenantId, UserId } from '@gatehouse/shared/ids'
import type { JsonObject } from '@gatehouse/shared/json'
import type { LedgerForHub } from '../ledger/create-ledger.ts'
import type { Clock, LedgerLog } from '../ledger/ports.ts'
import type { Audience } from './audience.ts'
import { createOvertime, type JobTimes, type OvertimeTiming, overtimeTiming } from './overtime.ts'
import type { Serial } from './serial.ts'
import { createThreadEnd } from './thread-end.ts'
import { createWorkerHealth, type WorkerState, type WorkerTiming, workerTiming } from './worker-health.ts'
import { createWorkerNews } from './worker-news.ts'

/** What the hub is told about its worker, beyond the frames. */
export interface WorkerOptions {
  /** How long a job of this user's may run, and how long in silence; without it, for ever. */
  readonly jobTimes?: (userId: UserId) => Promise<JobTimes>
  /** Asks ComfyUI for its log lines on this socket: they tell when the thread that runs prompts has ended. */
  readonly subscribeToLog?: (clientId: string) => Promise<void>
  /** Hears when ComfyUI stops running what it accepts, and when it works again. */
  readonly workerChanged?: (state: WorkerState) => void
  readonly timing?: Partial<WorkerTiming & OvertimeTiming>
}

export interface Worker {
  state(): WorkerState
  opened(): void
  closed(): void
  /** A frame came that belongs to a job. */
  worked(): void
  logged(data: JsonObject): void
  /** The tenant has queued something, or a socket of theirs was opened. */
  concerns(tenantId: TenantId): void
  stop(): void
}

interface WorkerDependencies {
  readonly ledger: LedgerForHub
  readonly audience: Audience
  readonly serial: Serial
  readonly clock: Clock
  readonly log: LedgerLog
  readonly options: WorkerOptions
}

const endless = async (): Promise<JobTimes> => ({
  timeMs: Number.POSITIVE_INFINITY,
  silenceMs: Number.POSITIVE_INFINITY,
})

export function createWorker({ audience, options, ...parts }: WorkerDependencies): Worker {
  const { ledger, log, serial } = parts
  let threadEnd = createThreadEnd()
  const news = createWorkerNews({ ledger, audience, serial })
  const health = createWorkerHealth({
    ...parts,
    changed: (state) => {
      news.changed(state)
      options.workerChanged?.(state)
    },
    timing: { ...workerTiming, ...options.timing },
  })
  const overtime = createOvertime({
    ...parts,
    cannotStop: health.cannotStop,
    timesOf: options.jobTimes ?? endless,
    timing: { ...overtimeTiming, ...options.timing },
  })
  return {
    state: health.state,
    opened: () => {
      threadEnd = createThreadEnd()
      health.linkOpened()
      options.subscribeToLog?.(ledger.clientId).catch((cause: unknown) => log.error('log_not_subscribed', cause))
    },
    closed: health.linkClosed,
    worked: () => {
      health.worked()
      overtime.heard()
    },
    logged: (data) => {
      if (threadEnd.told(data)) health.threadEnded()
    },
    concerns: news.concerns,
    stop: () => {
      health.stop()
      overtime.stop()
    },
  }
}
