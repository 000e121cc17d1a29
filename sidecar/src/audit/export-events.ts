/** How are security events taken elsewhere? One JSON line each, with which anybody can compute the chain again. */
import { noLink } from '../store/audit-chain.ts'
import type { AuditQuery, AuditRow, AuditStore } from '../store/audit-store.ts'

const pageCount = 500

/** Oldest first; `previous` is left out where the event before is not among them. */
export async function* exportLines(
  store: AuditStore,
  filter: Omit<AuditQuery, 'from' | 'limit'>,
): AsyncGenerator<string> {
  let before: Pick<AuditRow, 'seq' | 'hash'> = (await store.checkpoint('start')) ?? noLink
  for (;;) {
    const rows = await store.page({ ...filter, from: { after: before.seq }, limit: pageCount })
    for (const row of rows) {
      yield exportLine(row, before.seq === row.seq - 1 ? before.hash : undefined)
      before = row
    }
    if (rows.length < pageCount) return
  }
}

/** The event is written as it was hashed. */
function exportLine({ seq, hash, keyId, seal, event }: AuditRow, previous: string | undefined): string {
  const head = JSON.stringify({ seq, ...(previous === undefined ? {} : { previous }), hash, key: keyId, seal })
  return `${head.slice(0, -1)},"event":${event}}\n`
}
