/** How do security events reach the store? One writer appends them in order, behind whoever records them. */
import type { AuditStore, NewAuditEvent } from '../store/audit-store.ts'
import type { Audit, AuditEntry } from './audit.ts'
import { createBoundRepeats } from './bound-repeats.ts'
import { createBoundStrangers } from './bound-strangers.ts'
import { cleanEntry } from './clean-entry.ts'

export interface RunningAudit extends Audit {
  /** Resolves when everything recorded so far is written, or could not be. */
  flush(): Promise<void>
  /** Writes what waits, if that is possible. */
  close(): Promise<void>
}

export interface AuditLimits {
  readonly keepMs: number
  /** Younger events are kept, however many they are. */
  readonly keepAtLeastMs: number
  readonly keepCount: number
}

export interface AuditDependencies {
  readonly store: AuditStore
  readonly now: () => number
  /** Asked each time: the configuration may have changed. */
  readonly limits: () => AuditLimits
  /** For the log, at once; not of what is only counted. */
  readonly recorded: (entry: AuditEntry) => void
  readonly failed: (error: unknown) => void
  /** Something is in the store that was not there before. */
  readonly written?: () => void
}

/** Events that wait while the store fails; what comes after them is counted and not kept. */
const queueLimitCount = 5_000
const batchCount = 100
const retryMs = 1_000
const housekeepingMs = 60_000
/** Forgotten in one go, so that nobody waits for it. */
const pruneCount = 1_000

export function createAudit(dependencies: AuditDependencies): RunningAudit {
  const { store, now, recorded, failed, written } = dependencies
  const bounds = [createBoundStrangers(now), createBoundRepeats(now)]
  const queue: NewAuditEvent[] = []
  let lostCount = 0
  let isFailing = false
  let writing: Promise<void> | undefined

  const add = (entry: AuditEntry): void => {
    if (queue.length < queueLimitCount) queue.push(cleanEntry(entry, now()))
    else lostCount += 1
  }
  const writeAll = async (): Promise<void> => {
    // Whatever is recorded in the same turn shares a transaction.
    await new Promise((resolve) => setImmediate(resolve))
    while (queue.length > 0) {
      const batch = queue.slice(0, batchCount)
      await store.append(batch)
      queue.splice(0, batch.length)
      isFailing = false
      if (lostCount > 0) queue.push(lost(lostCount, now()))
      lostCount = 0
    }
    written?.()
  }
  const write = (): Promise<void> => {
    writing ??= writeAll()
      .catch((error: unknown) => {
        if (!isFailing) failed(error)
        isFailing = true
      })
      .finally(() => {
        writing = undefined
      })
    return writing
  }
  const record = (entry: AuditEntry): void => {
    if (!bounds.every((bound) => bound.admits(entry))) return
    recorded(entry)
    add(entry)
    if (!isFailing) void write()
  }
  const retry = setInterval(() => {
    if (isFailing) void write()
  }, retryMs)
  const housekeeping = setInterval(() => {
    for (const bound of bounds) for (const summary of bound.summaries()) add(summary)
    if (queue.length > 0 && !isFailing) void write()
    prune(dependencies, record).catch(failed)
  }, housekeepingMs)
  retry.unref()
  housekeeping.unref()
  const flush = async (): Promise<void> => {
    // What was recorded while a batch was under way belongs to the same promise, or begins another.
    while (queue.length > 0 || writing !== undefined) {
      await write()
      if (isFailing) return
    }
  }
  return {
    record,
    isWritable: () => !isFailing && queue.length < queueLimitCount,
    flush,
    close: async () => {
      clearInterval(retry)
      clearInterval(housekeeping)
      for (const bound of bounds) for (const summary of bound.summaries(true)) add(summary)
      await flush()
    },
  }
}

function lost(count: number, atMs: number): NewAuditEvent {
  return cleanEntry({ kind: 'audit.lost', detail: { count } }, atMs)
}

/** Exported for tests, which do not wait for the clock. */
export async function prune(
  { store, now, limits }: Pick<AuditDependencies, 'store' | 'now' | 'limits'>,
  record: (entry: AuditEntry) => void,
): Promise<void> {
  const { keepMs, keepAtLeastMs, keepCount } = limits()
  let count = 0
  for (;;) {
    const [beforeMs, youngFromMs] = [now() - keepMs, now() - keepAtLeastMs]
    const pruned = await store.prune({ beforeMs, youngFromMs, keepCount, limit: pruneCount })
    count += pruned
    if (pruned < pruneCount) break
    await new Promise((resolve) => setImmediate(resolve))
  }
  if (count > 0) record({ kind: 'audit.pruned', detail: { count } })
}
