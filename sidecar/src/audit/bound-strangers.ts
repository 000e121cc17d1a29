/** How much may strangers make us write? So many refusals of one address in a minute; of the rest, their number. */
import { addressKey } from '../identity/address-key.ts'
import type { AuditEntry, AuditKind } from './audit.ts'

/** What anybody can cause, signed in or not, as often as they like. */
const refusals: ReadonlySet<AuditKind> = new Set([
  'login.refused',
  'factor.refused',
  'credentials.conflicted',
  'access.refused',
  'address.refused',
])
const windowMs = 60_000
const perWindowCount = 30
/** Callers counted apart; beyond them everybody else is one. */
const callerLimitCount = 5_000

export interface BoundStrangers {
  /** Whether it is to be written now; otherwise it is counted. */
  admits(entry: AuditEntry): boolean
  /** One event for each kind and caller of which some were only counted, and a new window begins. */
  summaries(): readonly AuditEntry[]
}

interface Seen {
  count: number
  readonly last: AuditEntry
}

export function createBoundStrangers(now: () => number): BoundStrangers {
  let startedAtMs = now()
  let seen = new Map<string, Seen>()
  const summaries = (): readonly AuditEntry[] => {
    const over = [...seen.values()].filter(({ count }) => count > perWindowCount)
    seen = new Map()
    startedAtMs = now()
    return over.map(({ count, last: { kind, address } }) => ({
      kind,
      address,
      detail: { repeated: count - perWindowCount, sinceSeconds: Math.round(windowMs / 1000) },
    }))
  }
  return {
    admits: (entry) => {
      if (!refusals.has(entry.kind)) return true
      const caller = entry.actor?.id ?? (entry.address === undefined ? '' : addressKey(entry.address))
      const isKnown = seen.has(`${entry.kind} ${caller}`) || seen.size < callerLimitCount
      const key = `${entry.kind} ${isKnown ? caller : 'others'}`
      const count = (seen.get(key)?.count ?? 0) + 1
      seen.set(key, { count, last: entry })
      return count <= perWindowCount
    },
    summaries: () => (now() - startedAtMs < windowMs ? [] : summaries()),
  }
}
