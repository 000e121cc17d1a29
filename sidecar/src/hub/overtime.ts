/** Which running job has had its time? It is told to end; one that goes on all the same is given up, and said to block the worker. */
import type { UserId } from '@gatehouse/shared/ids'
import type { LedgerForHub } from '../ledger/create-ledger.ts'
import type { Clock, LedgerLog } from '../ledger/ports.ts'
import type { JobFacts } from '../store/job-store.ts'
import type { Serial } from './serial.ts'

export interface JobTimes {
  /** A job that runs longer is ended. */
  readonly timeMs: number
  /** A job of which nothing is heard for so long is ended. */
  readonly silenceMs: number
}

export interface OvertimeTiming {
  readonly lookEveryMs: number
  /** ComfyUI stops between two steps of a node; a step may take its time (comfyui-surface 3.4). */
  readonly obeyMs: number
}

export const overtimeTiming: OvertimeTiming = { lookEveryMs: 5_000, obeyMs: 60_000 }

export interface Overtime {
  /** A frame came that belongs to the job that runs. */
  heard(): void
  stop(): void
}

interface OvertimeDependencies {
  readonly ledger: Pick<LedgerForHub, 'running' | 'stop' | 'giveUp'>
  readonly serial: Serial
  readonly clock: Clock
  readonly log: LedgerLog
  readonly timesOf: (userId: UserId) => Promise<JobTimes>
  readonly cannotStop: (upstreamId: string) => void
  readonly timing: OvertimeTiming
}

interface Seen {
  readonly sinceMs: number
  heardAtMs: number
  /** When and why it was told to end. */
  told: { readonly atMs: number; readonly sentence: string } | undefined
}

export function createOvertime(deps: OvertimeDependencies): Overtime {
  const { ledger, clock, timing } = deps
  /** By upstream id: a job that is posted again begins anew. */
  const seen = new Map<string, Seen>()

  const judge = async (job: JobFacts): Promise<void> => {
    const nowMs = clock.nowMs()
    const one = seen.get(job.upstreamId) ?? { sinceMs: nowMs, heardAtMs: nowMs, told: undefined }
    seen.set(job.upstreamId, one)
    if (one.told === undefined) {
      const sentence = excess(await deps.timesOf(job.userId), nowMs - one.sinceMs, nowMs - one.heardAtMs)
      if (sentence === undefined) return
      one.told = { atMs: nowMs, sentence }
      deps.log.info('job_ended_for_time', { jobId: job.id })
      await ledger.stop(job, sentence)
    } else if (nowMs - one.told.atMs >= timing.obeyMs) {
      await ledger.giveUp(job, one.told.sentence)
      deps.cannotStop(job.upstreamId)
    }
  }
  const look = async (): Promise<void> => {
    const running = await ledger.running()
    const ids = new Set<string>(running.map((job) => job.upstreamId))
    for (const known of seen.keys()) if (!ids.has(known)) seen.delete(known)
    for (const job of running) await judge(job)
  }
  let cancel = clock.after(timing.lookEveryMs, again)
  function again(): void {
    cancel = clock.after(timing.lookEveryMs, again)
    deps.serial.add(() => look().catch((cause) => deps.log.error('overtime_not_judged', cause)))
  }
  return {
    heard: () => {
      // ComfyUI runs one job at a time.
      for (const one of seen.values()) one.heardAtMs = clock.nowMs()
    },
    stop: () => cancel(),
  }
}

function excess({ timeMs, silenceMs }: JobTimes, ranMs: number, silentMs: number): string | undefined {
  if (ranMs >= timeMs) return `This job ran longer than the ${inWords(timeMs)} that your role allows. It was ended.`
  if (silentMs < silenceMs) return undefined
  return `ComfyUI told nothing of this job for ${inWords(silenceMs)}. It was taken for one that hangs, and was ended.`
}

function inWords(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} seconds`
  return seconds < 7_200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3_600)} hours`
}
