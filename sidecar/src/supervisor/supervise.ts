/** How does `gatehouse up -- COMMAND` keep a ComfyUI of its own running: guarded, on a private port, started again? */
import { randomBytes } from 'node:crypto'
import { findFreePort } from '../proxy/find-free-port.ts'
import { buildChildCommand } from './child-command.ts'
import { pause } from './pause.ts'
import { type ProcessGroup, type SupervisedEnd, startProcessGroup } from './process-group.ts'
import { type ProofReport, reportProof } from './report-proof.ts'

export interface SupervisorLog {
  readonly info: (sentence: string) => void
  readonly error: (sentence: string) => void
}

export interface SupervisorExit extends SupervisedEnd {
  readonly restartInMs: number
}

export interface SupervisorOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: SupervisorLog
  readonly onExit?: (exit: SupervisorExit) => void
  /** `GATEHOUSE_DANGEROUSLY_UNGUARDED`: a ComfyUI without the pack is served all the same. */
  readonly mayBeUnguarded?: boolean
  readonly timing?: Partial<SupervisorTiming>
}

export interface SupervisorTiming {
  readonly firstRestartMs: number
  readonly lastRestartMs: number
  /** A ComfyUI that ran this long starts the next series of restarts from the beginning. */
  readonly steadyAfterMs: number
  readonly graceMs: number
  readonly proveEveryMs: number
  readonly proveTimeoutMs: number
}

export interface Supervisor {
  readonly upstreamUrl: URL
  /** 64 hex characters, new for every sidecar; only the child's environment has it beside this process. */
  readonly guardSecret: string
  readonly start: () => void
  /** Ends a ComfyUI that runs no more jobs; it is started again as after any end, later each time. */
  readonly restart: (reason: string) => void
  readonly stop: () => Promise<void>
}

const defaults: SupervisorTiming = {
  firstRestartMs: 1_000,
  lastRestartMs: 30_000,
  steadyAfterMs: 60_000,
  graceMs: 10_000,
  proveEveryMs: 1_000,
  proveTimeoutMs: 5_000,
}

/** Chooses the port and the secret; nothing runs before `start`. */
export async function createSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const timing = { ...defaults, ...options.timing }
  const guardSecret = randomBytes(32).toString('hex')
  const port = await findFreePort()
  const upstreamUrl = new URL(`http://127.0.0.1:${port}`)
  const child = buildChildCommand({ ...options, port, guardSecret })
  const stopping = new AbortController()
  let group: ProcessGroup | undefined
  let running: Promise<void> | undefined

  const runOnce = async (): Promise<SupervisedEnd> => {
    const over = new AbortController()
    group = startProcessGroup(child)
    void reportProof(proofReport(options, timing, upstreamUrl, guardSecret), over.signal)
    const end = await group.ended
    over.abort()
    // A worker that outlived ComfyUI in its group may still hold the port.
    await group.end(0)
    return end
  }
  return {
    upstreamUrl,
    guardSecret,
    start: () => {
      running ??= runAgain(runOnce, options, timing, stopping.signal)
    },
    restart: (reason) => {
      if (group === undefined || stopping.signal.aborted) return
      options.log.error(`ComfyUI is ended: ${reason}.`)
      void group.end(timing.graceMs)
    },
    stop: async () => {
      stopping.abort()
      await group?.end(timing.graceMs)
      await running
    },
  }
}

async function runAgain(
  runOnce: () => Promise<SupervisedEnd>,
  { log, onExit }: SupervisorOptions,
  timing: SupervisorTiming,
  stopping: AbortSignal,
): Promise<void> {
  let restartInMs = timing.firstRestartMs
  while (!stopping.aborted) {
    const startedAt = performance.now()
    const end = await runOnce()
    if (stopping.aborted) return
    if (performance.now() - startedAt >= timing.steadyAfterMs) restartInMs = timing.firstRestartMs
    log.error(`${describeEnd(end)} It is started again in ${restartInMs / 1000} s.`)
    onExit?.({ ...end, restartInMs })
    await pause(restartInMs, stopping)
    restartInMs = Math.min(restartInMs * 2, timing.lastRestartMs)
  }
}

function proofReport(
  { args, log, mayBeUnguarded = false }: SupervisorOptions,
  { proveEveryMs: everyMs, proveTimeoutMs: timeoutMs }: SupervisorTiming,
  origin: URL,
  guardSecret: string,
): ProofReport {
  return { args, log, mayBeUnguarded, everyMs, timeoutMs, origin, guardSecret }
}

function describeEnd({ code, signal, failure }: SupervisedEnd): string {
  if (failure !== undefined) return `ComfyUI could not be started (${failure.message}).`
  return signal === null ? `ComfyUI ended with exit code ${code}.` : `ComfyUI was ended by ${signal}.`
}
