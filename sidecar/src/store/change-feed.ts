/** What did any process just revoke? Polls the store's feed and tells the running sidecar within a second. */
import type { Change, ChangeEvent, ChangeFeed, Changes } from './store.ts'

export interface RunningChangeFeed extends ChangeFeed {
  /** Reads what is new; called by the timer, and by tests that do not want to wait for it. */
  poll(): Promise<void>
  stop(): void
}

export interface ChangeFeedDependencies {
  readonly changes: Changes
  readonly intervalMs?: number
}

const defaultIntervalMs = 250

/** @throws store_unavailable when the store cannot be read at the start */
export async function createChangeFeed(dependencies: ChangeFeedDependencies): Promise<RunningChangeFeed> {
  const { changes, intervalMs = defaultIntervalMs } = dependencies
  const listeners = new Set<(event: ChangeEvent) => void>()
  const tell = (event: ChangeEvent) => {
    for (const listener of listeners) listener(event)
  }
  // This process's own writes are heard at once, and once more when the poll passes them; hearing twice is harmless.
  const unsubscribe = changes.subscribe((own) => tellAll(own, tell))
  let seq = await changes.lastSeq()
  let polling: Promise<void> | undefined
  const readNew = async () => {
    try {
      const fresh = await changes.since(seq)
      tellAll(fresh, tell)
      seq = fresh.at(-1)?.seq ?? seq
    } catch {
      // Whoever asks the store next gets its error; here only what is remembered of it must go.
      tell({ kind: 'lost' })
    }
  }
  const poll = () => {
    polling ??= readNew().finally(() => {
      polling = undefined
    })
    return polling
  }
  const timer = setInterval(() => void poll(), intervalMs)
  timer.unref()
  return {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    poll,
    stop: () => {
      clearInterval(timer)
      unsubscribe()
    },
  }
}

function tellAll(changes: readonly Change[], tell: (event: ChangeEvent) => void): void {
  for (const change of changes) tell({ kind: 'changed', change })
}
