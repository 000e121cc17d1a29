/** Does ComfyUI still run what it accepts? Its process, the thread that runs prompts, and a job that cannot be stopped. */
import type { LedgerForHub } from '../ledger/create-ledger.ts'
import type { Clock, LedgerLog } from '../ledger/ports.ts'
import type { Serial } from './serial.ts'

/**
 * `down`: no connection. `lost`: it answers, and nothing that waits is ever run. `stuck`: a job that was told to end
 * goes on, and everybody's jobs wait behind it.
 */
export type WorkerState = 'up' | 'down' | 'lost' | 'stuck'

export interface WorkerHealth {
  state(): WorkerState
  linkOpened(): void
  linkClosed(): void
  /** A frame came that only a worker at work sends. */
  worked(): void
  /** ComfyUI's log says that the thread has ended. */
  threadEnded(): void
  /** This prompt was told to end, and goes on. */
  cannotStop(upstreamId: string): void
  stop(): void
}

export interface WorkerTiming {
  readonly lookEveryMs: number
  /** How long jobs may wait while nothing runs: between two jobs ComfyUI may unload models for some seconds. */
  readonly idleMs: number
  /** How long nothing may come after the news of the thread's end before it is believed. */
  readonly confirmMs: number
  /** A connection that is back within this time is nobody's concern. */
  readonly downMs: number
}

export const workerTiming: WorkerTiming = { lookEveryMs: 5_000, idleMs: 30_000, confirmMs: 2_000, downMs: 3_000 }

export interface WorkerHealthDependencies {
  readonly ledger: Pick<LedgerForHub, 'snapshot' | 'hasActiveJobs'>
  readonly serial: Serial
  readonly clock: Clock
  readonly log: LedgerLog
  /** Hears of every change but the first connection. */
  readonly changed: (state: WorkerState) => void
  readonly timing: WorkerTiming
}

/** What is wrong, and with which prompt: it is over when ComfyUI no longer runs that. */
interface Fault {
  readonly state: 'lost' | 'stuck'
  readonly culprit: string | undefined
}

export function createWorkerHealth(deps: WorkerHealthDependencies): WorkerHealth {
  const { ledger, serial, clock, timing } = deps
  let isOpen = false
  let fault: Fault | undefined
  let workedAtMs = clock.nowMs()
  let threadHasEnded = false
  let idleSinceMs: number | undefined
  let told: WorkerState | undefined
  let stopped = false

  const state = (): WorkerState => (isOpen ? (fault?.state ?? 'up') : 'down')
  const tell = (): void => {
    const now = state()
    if (now === told) return
    const isFirst = told === undefined
    told = now
    if (!(isFirst && now === 'up')) deps.changed(now)
  }
  const fails = (next: Fault): void => {
    fault = next
    tell()
  }
  const recovers = (): void => {
    threadHasEnded = false
    idleSinceMs = undefined
    fault = undefined
    tell()
  }
  /** Two looks, far apart, at which jobs waited and none ran. */
  const isIdleForLong = (): boolean => {
    idleSinceMs ??= clock.nowMs()
    return clock.nowMs() - idleSinceMs >= timing.idleMs
  }
  const look = async (): Promise<void> => {
    if (!isOpen) return
    if (fault !== undefined) return lookAgain(fault.culprit)
    const silentMs = clock.nowMs() - workedAtMs
    if (silentMs < (threadHasEnded ? timing.confirmMs : timing.lookEveryMs)) return
    if (!threadHasEnded && !(await ledger.hasActiveJobs())) {
      idleSinceMs = undefined
      return
    }
    const { running, pending } = await ledger.snapshot()
    if (running.size + pending.size === 0) idleSinceMs = undefined
    else if (threadHasEnded) fails({ state: 'lost', culprit: [...running][0] })
    else if (running.size > 0) idleSinceMs = undefined
    else if (isIdleForLong()) fails({ state: 'lost', culprit: undefined })
  }
  /** What is known by its prompt is over when that no longer runs; the rest when anything runs, or with a new connection. */
  const lookAgain = async (culprit: string | undefined): Promise<void> => {
    if (culprit === undefined) return
    if ((await ledger.snapshot()).running.has(culprit)) tell()
    else recovers()
  }
  const later = (task: () => Promise<void>, delayMs: number): (() => void) =>
    clock.after(delayMs, () => serial.add(() => task().catch((cause) => deps.log.error('worker_not_seen', cause))))
  let cancel = later(lookRegularly, timing.lookEveryMs)
  async function lookRegularly(): Promise<void> {
    cancel = later(lookRegularly, timing.lookEveryMs)
    await look()
  }

  return {
    state,
    linkOpened: () => {
      isOpen = true
      workedAtMs = clock.nowMs()
      threadHasEnded = false
      idleSinceMs = undefined
      // It may lead to a new process, or to the one that was lost before.
      if (fault?.culprit === undefined) recovers()
      else later(look, 0)
    },
    linkClosed: () => {
      isOpen = false
      clock.after(timing.downMs, () => {
        if (!isOpen && !stopped) tell()
      })
    },
    worked: () => {
      workedAtMs = clock.nowMs()
      threadHasEnded = false
      idleSinceMs = undefined
      if (fault?.state === 'lost') recovers()
    },
    threadEnded: () => {
      threadHasEnded = true
      workedAtMs = clock.nowMs()
      later(look, timing.confirmMs)
    },
    cannotStop: (upstreamId) => {
      if (fault === undefined) fails({ state: 'stuck', culprit: upstreamId })
    },
    stop: () => {
      stopped = true
      cancel()
    },
  }
}
