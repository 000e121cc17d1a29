/** Does the hub still hear everything? Has the ledger compared with ComfyUI whenever that is in doubt. */
import type { LedgerForHub } from '../ledger/create-ledger.ts'
import type { Clock, LedgerLog } from '../ledger/ports.ts'
import type { Serial } from './serial.ts'
import type { UpstreamLink } from './upstream-link.ts'

const lookEveryMs = 15_000
/** ComfyUI tells everybody of every start and end; silence this long while jobs wait deserves a question. */
const silenceMs = 30_000
const againMs = 2_000

export interface Watch {
  opened(): void
  heard(): void
  doubtful(): void
  stop(): void
}

interface WatchDependencies {
  readonly ledger: Pick<LedgerForHub, 'reconcile' | 'hasActiveJobs'>
  readonly link: UpstreamLink
  /** Frames wait while the ledger compares, so that none is judged by what is about to change. */
  readonly serial: Serial
  readonly clock: Clock
  readonly log: LedgerLog
}

export function createWatch({ ledger, link, serial, clock, log }: WatchDependencies): Watch {
  let heardAtMs = clock.nowMs()
  let asked = false
  let stopped = false

  const compare = async (): Promise<number> => {
    asked = false
    if (!link.isOpen()) return 0
    try {
      const { missedCount, repostedCount, lostCount } = await ledger.reconcile()
      if (missedCount + repostedCount + lostCount > 0) log.info('reconciled', { missedCount, repostedCount, lostCount })
      return missedCount
    } catch (cause) {
      log.error('reconcile_failed', cause)
      ask(againMs)
      return 0
    }
  }
  const ask = (delayMs: number): void => {
    if (asked || stopped) return
    asked = true
    clock.after(delayMs, () => serial.add(async () => void (await compare())))
  }
  const look = async (): Promise<void> => {
    const isSilent = clock.nowMs() - heardAtMs >= silenceMs
    if (!isSilent || !link.isOpen() || !(await ledger.hasActiveJobs())) return
    heardAtMs = clock.nowMs()
    // ComfyUI lets the end of an older socket of the same id mute this one, without an error (websocket_handler).
    if ((await compare()) > 0) link.reconnect()
  }
  let cancel = clock.after(lookEveryMs, lookAgain)
  function lookAgain(): void {
    serial.add(look)
    cancel = clock.after(lookEveryMs, lookAgain)
  }
  return {
    opened: () => {
      heardAtMs = clock.nowMs()
      serial.add(async () => void (await compare()))
    },
    heard: () => {
      heardAtMs = clock.nowMs()
    },
    doubtful: () => ask(againMs),
    stop: () => {
      stopped = true
      cancel()
    },
  }
}
