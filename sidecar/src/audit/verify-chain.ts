/** Is the list of security events still what was written? Walks the chain, its seals and its two ends. */
import { type Link, noLink } from '../store/audit-chain.ts'
import type { AuditStore, Checkpoint } from '../store/audit-store.ts'
import {
  type ChainKeys,
  type ChainProblem,
  missingAnchor,
  problemOf,
  problemOfAnchor,
  problemOfEnd,
  problemOfHead,
} from './chain-problems.ts'

export interface ChainVerdict {
  /** Events that were looked at and are right. */
  readonly count: number
  /** Where the list begins: the last event that was forgotten. */
  readonly start: Link
  /** The last event that is right. */
  readonly end: Link
  readonly problem: ChainProblem | undefined
}

const pageCount = 500

/** `anchors`: events that were noted elsewhere; whatever lies before one of them is proven by it alone. */
export async function verifyChain(
  store: AuditStore,
  keys: ChainKeys,
  anchors: readonly Link[] = [],
): Promise<ChainVerdict> {
  const start = await store.checkpoint('start')
  let verdict: ChainVerdict = {
    count: 0,
    start: start ?? noLink,
    end: start ?? noLink,
    problem: problemOfEnd('start', start, keys),
  }
  while (verdict.problem === undefined) {
    const head = await store.checkpoint('head')
    verdict = await walkTo(store, verdict, { head, keys, anchors })
    if (verdict.problem !== undefined) return verdict
    const [beyond] = await store.page({ from: { after: verdict.end.seq }, limit: 1 })
    // Others append while this looks, and then there is another head.
    if (beyond === undefined) return { ...verdict, problem: missingAnchor(anchors, verdict.start, verdict.end) }
    if ((await store.checkpoint('head'))?.seq === head?.seq) {
      return { ...verdict, problem: { seq: beyond.seq, what: 'it lies behind the mark of where the list ends' } }
    }
  }
  return verdict
}

interface Walk {
  readonly head: Checkpoint | undefined
  readonly keys: ChainKeys
  readonly anchors: readonly Link[]
}

async function walkTo(store: AuditStore, verdict: ChainVerdict, { head, keys, anchors }: Walk): Promise<ChainVerdict> {
  const last = head?.seq ?? 0
  let { count, end } = verdict
  while (end.seq < last) {
    const rows = await store.page({ from: { after: end.seq }, limit: Math.min(pageCount, last - end.seq) })
    if (rows.length === 0) break
    for (const row of rows) {
      const problem = problemOf(row, end, keys.all) ?? problemOfAnchor(row, anchors)
      if (problem !== undefined) return { ...verdict, count, end, problem }
      end = { seq: row.seq, hash: row.hash }
      count += 1
    }
  }
  return { ...verdict, count, end, problem: problemOfHead(head, end, keys) }
}
