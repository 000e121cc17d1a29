/** How much of what comes again and again is written down one by one? So much in a minute and in the long run; of the rest, the number. */
import { createTokenBuckets, type Rate } from '../limits/token-buckets.ts'
import type { AuditEntry } from './audit.ts'

const windowMs = 60_000

export interface BoundRules {
  /** Events of one group share what may be written, those of one key one summary. Undefined: always written. */
  readonly placeOf: (entry: AuditEntry) => { readonly group: string; readonly key: string } | undefined
  /** In a minute. */
  readonly perKeyCount: number
  readonly perGroupCount: number
  /** In the long run, of each group, summaries included: what never ends must not fill the disk either. */
  readonly rate: Rate
  /** What a summary tells of events of one key, beside their kind and number. */
  readonly ofKey: (first: AuditEntry) => Omit<AuditEntry, 'kind'>
  /** And of several keys of one group that are not told apart any more. */
  readonly ofGroup: (first: AuditEntry) => Omit<AuditEntry, 'kind'>
}

export interface Bound {
  /** Whether it is to be written now; otherwise it is counted. */
  admits(entry: AuditEntry): boolean
  /** One event for each key of which some were only counted, and a new window begins; `isLast`: now, whatever the time. */
  summaries(isLast?: boolean): readonly AuditEntry[]
}

interface Seen {
  readonly first: AuditEntry
  writtenCount: number
  countedCount: number
}

interface Group {
  readonly sinceMs: number
  readonly keys: Map<string, Seen>
  writtenCount: number
  others: Seen | undefined
}

export function createBound(rules: BoundRules, now: () => number): Bound {
  const buckets = createTokenBuckets(now)
  let startedAtMs = now()
  let groups = new Map<string, Group>()
  const admits = (entry: AuditEntry): boolean => {
    const place = rules.placeOf(entry)
    if (place === undefined) return true
    const group = groups.get(place.group) ?? { sinceMs: now(), keys: new Map(), writtenCount: 0, others: undefined }
    groups.set(place.group, group)
    const known = group.keys.get(place.key)
    const mayWrite = (known?.writtenCount ?? 0) < rules.perKeyCount && group.writtenCount < rules.perGroupCount
    // One token is kept for the summary.
    if (!mayWrite || !buckets.take(place.group, rules.rate, 1).isGranted) {
      const counted = known ?? group.others ?? newSeen(entry)
      if (known === undefined) group.others = counted
      counted.countedCount += 1
      return false
    }
    const seen = known ?? newSeen(entry)
    group.keys.set(place.key, seen)
    seen.writtenCount += 1
    group.writtenCount += 1
    return true
  }
  const summariesOf = (name: string, group: Group, isLast: boolean): readonly AuditEntry[] => {
    const withinSeconds = Math.round((now() - group.sinceMs) / 1000)
    const told: AuditEntry[] = []
    const tell = ({ first, countedCount }: Seen, more: Omit<AuditEntry, 'kind'>): void => {
      told.push({ kind: first.kind, ...more, detail: { repeated: countedCount, withinSeconds } })
    }
    for (const seen of group.keys.values()) {
      if (seen.countedCount === 0) continue
      if (buckets.take(name, rules.rate, 1).isGranted) tell(seen, rules.ofKey(seen.first))
      else group.others = sum(group.others, seen)
    }
    group.keys.clear()
    group.writtenCount = 0
    const { others } = group
    if (others === undefined || !(isLast || buckets.take(name, rules.rate).isGranted)) return told
    tell(others, rules.ofGroup(others.first))
    group.others = undefined
    return told
  }
  return {
    admits,
    summaries: (isLast = false) => {
      if (!isLast && now() - startedAtMs < windowMs) return []
      startedAtMs = now()
      const told = [...groups].flatMap(([name, group]) => summariesOf(name, group, isLast))
      // What could not be told yet is told with what comes.
      groups = new Map([...groups].filter(([, { others }]) => others !== undefined))
      return told
    },
  }
}

function newSeen(first: AuditEntry): Seen {
  return { first, writtenCount: 0, countedCount: 0 }
}

function sum(others: Seen | undefined, { first, countedCount }: Seen): Seen {
  return { first: others?.first ?? first, writtenCount: 0, countedCount: (others?.countedCount ?? 0) + countedCount }
}
