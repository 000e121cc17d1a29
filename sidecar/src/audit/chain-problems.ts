/** What is wrong with one event, or with an end of the list? A sentence, or nothing. */
import { chainHash, type Link, type SealKey, sealOf } from '../store/audit-chain.ts'
import type { AuditRow, Checkpoint, CheckpointName } from '../store/audit-store.ts'
import { parseEvent } from './written-event.ts'

export interface ChainProblem {
  /** The first event that is not as it was written, or is missing. */
  readonly seq: number
  readonly what: string
}

export interface ChainKeys {
  /** Every key that ever sealed an event. */
  readonly all: readonly SealKey[]
  /** Those that may seal both ends: the operator's where there are any. */
  readonly trusted: readonly SealKey[]
}

export function problemOf(row: AuditRow, before: Link, keys: readonly SealKey[]): ChainProblem | undefined {
  const seq = before.seq + 1
  if (row.seq !== seq) return { seq, what: missing(seq, row.seq - 1) }
  if (chainHash(before, row.event) !== row.hash)
    return { seq, what: 'it, or its hash, was changed, or events before it were' }
  const problem = problemOfSeal('event', row, keys)
  if (problem !== undefined) return { seq, what: problem }
  return repeats(row) ? undefined : { seq, what: 'a column that repeats a part of it was changed' }
}

function missing(first: number, last: number): string {
  return first === last ? 'it is missing' : `events ${first} to ${last} are missing`
}

function problemOfSeal(what: 'event' | CheckpointName, row: Checkpoint, keys: readonly SealKey[]): string | undefined {
  const key = keys.find(({ id }) => id === row.keyId)
  if (key === undefined) return `it is sealed with the key ${row.keyId.slice(0, 32)}, which is not among the keys`
  return sealOf(what, row, key) === row.seal ? undefined : 'its seal is not one of this installation'
}

/** Listings filter by columns; an event must not be hidden from them. */
function repeats({ event, atMs, kind, actorName, target }: AuditRow): boolean {
  const written = parseEvent(event)
  return (
    Date.parse(written.at) === atMs &&
    written.kind === kind &&
    (written.actor?.name ?? null) === actorName &&
    (written.target ?? null) === target
  )
}

export function problemOfEnd(
  name: CheckpointName,
  checkpoint: Checkpoint | undefined,
  { trusted }: ChainKeys,
): ChainProblem | undefined {
  const what = checkpoint === undefined ? undefined : problemOfSeal(name, checkpoint, trusted)
  if (checkpoint === undefined || what === undefined) return undefined
  const which = name === 'start' ? 'where the list begins was changed' : 'where the list ends was changed'
  return { seq: checkpoint.seq, what: `the mark of ${which}: ${what}` }
}

export function problemOfHead(head: Checkpoint | undefined, end: Link, keys: ChainKeys): ChainProblem | undefined {
  // A sidecar that ever ran has written its start down.
  if (head === undefined) return { seq: end.seq + 1, what: 'the mark of where the list ends is missing' }
  const wrong = problemOfEnd('head', head, keys)
  if (wrong !== undefined) return wrong
  if (head.seq > end.seq) return { seq: end.seq + 1, what: missing(end.seq + 1, head.seq) }
  if (head.seq === end.seq && head.hash === end.hash) return undefined
  return { seq: end.seq, what: 'the mark of where the list ends is another one: an older copy of it was put back' }
}

export function problemOfAnchor(row: AuditRow, anchors: readonly Link[]): ChainProblem | undefined {
  const anchor = anchors.find(({ seq }) => seq === row.seq)
  if (anchor === undefined || anchor.hash === row.hash) return undefined
  return { seq: row.seq, what: 'its hash is another one than was noted elsewhere' }
}

export function missingAnchor(anchors: readonly Link[], start: Link, end: Link): ChainProblem | undefined {
  const gone = anchors.find(({ seq }) => seq > end.seq)
  if (gone !== undefined) return { seq: end.seq + 1, what: missing(end.seq + 1, gone.seq) }
  const atStart = anchors.find(({ seq, hash }) => seq === start.seq && hash !== start.hash)
  return atStart === undefined
    ? undefined
    : { seq: start.seq, what: 'its hash is another one than was noted elsewhere' }
}
