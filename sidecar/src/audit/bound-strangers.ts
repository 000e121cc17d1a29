/** How much may refusals make us write? So many of one caller, and of all, in a minute; of the rest, their number. */
import { addressKey } from '../identity/address-key.ts'
import type { AuditEntry, AuditKind } from './audit.ts'

/** What anybody can cause, signed in or not, as often as they like. */
const refusals: ReadonlySet<AuditKind> = new Set([
  'login.refused',
  'factor.refused',
  'credentials.conflicted',
  'access.refused',
  'address.refused',
  'rule.reported',
  'device.refused',
  'user.registered',
])
const windowMs = 60_000
const perCallerCount = 30
/** Of one kind, by all callers together: many addresses must not push out of the list what happened before. */
const perWindowCount = 120

export interface BoundStrangers {
  /** Whether it is to be written now; otherwise it is counted. */
  admits(entry: AuditEntry): boolean
  /** One event for each kind and caller of which some were only counted, and a new window begins. */
  summaries(): readonly AuditEntry[]
}

interface Seen {
  writtenCount: number
  countedCount: number
  readonly first: AuditEntry
}

export function createBoundStrangers(now: () => number): BoundStrangers {
  let startedAtMs = now()
  let written = new Map<AuditKind, number>()
  let seen = new Map<string, Seen>()
  const summaries = (): readonly AuditEntry[] => {
    const over = [...seen.entries()].filter(([, { countedCount }]) => countedCount > 0)
    seen = new Map()
    written = new Map()
    startedAtMs = now()
    return over.map(([key, { countedCount, first }]) => ({
      kind: first.kind,
      ...(key.endsWith(others) ? {} : { address: first.address, actor: first.actor }),
      detail: { repeated: countedCount, withinSeconds: Math.round(windowMs / 1000) },
    }))
  }
  const count = (key: string, entry: AuditEntry): Seen => {
    const known = seen.get(key) ?? { writtenCount: 0, countedCount: 0, first: entry }
    seen.set(key, known)
    return known
  }
  return {
    admits: (entry) => {
      if (!refusals.has(entry.kind)) return true
      const caller = entry.actor?.id ?? (entry.address === undefined ? '' : addressKey(entry.address))
      const writtenCount = written.get(entry.kind) ?? 0
      const isFull = writtenCount >= perWindowCount && !seen.has(`${entry.kind} ${caller}`)
      const known = count(`${entry.kind}${isFull ? others : ` ${caller}`}`, entry)
      if (writtenCount >= perWindowCount || known.writtenCount >= perCallerCount) {
        known.countedCount += 1
        return false
      }
      known.writtenCount += 1
      written.set(entry.kind, writtenCount + 1)
      return true
    },
    summaries: () => (now() - startedAtMs < windowMs ? [] : summaries()),
  }
}

/** Callers that are not told apart any more; no address ends like this. */
const others = ' others'
