/** How is a chain of security events written by several processes? Each reads its end inside the transaction that adds to it. */
import type { Kysely, Transaction } from 'kysely'
import { chainHash, type Link, noLink, type SealKey, sealOf } from '../audit-chain.ts'
import type {
  AuditQuery,
  AuditRow,
  AuditStore,
  Checkpoint,
  CheckpointName,
  NewAuditEvent,
  Prunable,
} from '../audit-store.ts'
import { canonicalEvent } from '../canonical-event.ts'
import type { Database } from './schema.ts'
import { newestSecret } from './secrets.ts'

interface AuditDependencies {
  readonly db: Kysely<Database>
  readonly now: () => number
  /** From a file of the operator's; undefined: the one in the database seals. */
  readonly sealKey: SealKey | undefined
}

export function createAuditStore({ db, now, sealKey }: AuditDependencies): AuditStore {
  const keyIn = async (trx: Transaction<Database>) => sealKey ?? newestSecret(trx, 'audit', now())
  return {
    append: (events) =>
      db.transaction().execute(async (trx) => {
        const key = await keyIn(trx)
        let end: Link = (await findCheckpoint(trx, 'head')) ?? noLink
        const rows: AuditRow[] = []
        for (const event of events) {
          const row = linked(end, event, await namesOf(trx, event), key)
          await insert(trx, row)
          rows.push(row)
          end = row
        }
        if (rows.length > 0) await putCheckpoint(trx, 'head', end, key)
        return rows
      }),
    page: async (query) => (await select(db, query).execute()).map(parseRow),
    checkpoint: (name) => findCheckpoint(db, name),
    prune: (which) => db.transaction().execute(async (trx) => prune(trx, which, await keyIn(trx))),
    forwarded: async (receiver) => {
      const row = await db.selectFrom('audit_forwards').select('seq').where('name', '=', receiver).executeTakeFirst()
      return row === undefined ? undefined : Number(row.seq)
    },
    setForwarded: async (receiver, seq) => {
      await db
        .insertInto('audit_forwards')
        .values({ name: receiver, seq })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ seq }))
        .execute()
    },
  }
}

interface Names {
  readonly impersonator: string | undefined
  readonly tenant: string | undefined
}

/** As they are at that moment: ids mean nothing to who reads this in a year. */
async function namesOf(db: Kysely<Database>, { impersonatorId, tenantId }: NewAuditEvent): Promise<Names> {
  const [person, tenant] = [
    impersonatorId === undefined
      ? undefined
      : await db.selectFrom('users').select('name').where('id', '=', impersonatorId).executeTakeFirst(),
    tenantId === undefined
      ? undefined
      : await db.selectFrom('tenants').select('label').where('id', '=', tenantId).executeTakeFirst(),
  ]
  return { impersonator: person?.name, tenant: tenant?.label }
}

function linked(before: Link, entry: NewAuditEvent, names: Names, key: SealKey): AuditRow {
  const event = canonicalEvent(entry, names)
  const link = { seq: before.seq + 1, hash: chainHash(before, event) }
  return {
    ...link,
    atMs: entry.atMs,
    kind: entry.kind,
    actorName: entry.actor?.name ?? null,
    target: entry.target ?? null,
    event,
    keyId: key.id,
    seal: sealOf('event', link, key),
  }
}

async function insert(trx: Transaction<Database>, row: AuditRow): Promise<void> {
  const { seq, kind, target, event, hash, seal } = row
  await trx
    .insertInto('audit_events')
    .values({ seq, at_ms: row.atMs, kind, actor_name: row.actorName, target, event, hash, key_id: row.keyId, seal })
    .execute()
}

function select(db: Kysely<Database>, { from, limit, sinceMs, untilMs, kind, name }: AuditQuery) {
  let query = db.selectFrom('audit_events').selectAll().limit(limit)
  if ('after' in from) query = query.where('seq', '>', from.after).orderBy('seq')
  else query = query.orderBy('seq', 'desc')
  if ('before' in from && from.before !== undefined) query = query.where('seq', '<', from.before)
  if (sinceMs !== undefined) query = query.where('at_ms', '>=', sinceMs)
  if (untilMs !== undefined) query = query.where('at_ms', '<', untilMs)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  if (name !== undefined) query = query.where((of) => of.or([of('actor_name', '=', name), of('target', '=', name)]))
  return query
}

async function prune(
  trx: Transaction<Database>,
  { beforeMs, youngFromMs, keepCount, limit }: Prunable,
  key: SealKey,
): Promise<number> {
  const [start, head] = [(await findCheckpoint(trx, 'start')) ?? noLink, (await findCheckpoint(trx, 'head')) ?? noLink]
  // No further is looked than may go: through all that is kept it would take the longer the more that is.
  const farthest = Math.min(head.seq, start.seq + limit)
  /** The last event before the first that is from then or later: a clock that was set back must not take younger ones along. */
  const lastBefore = async (atMs: number): Promise<number> => {
    const near = trx.selectFrom('audit_events').select('seq').where('seq', '>', start.seq).where('seq', '<=', farthest)
    const first = await near.where('at_ms', '>=', atMs).orderBy('seq').limit(1).executeTakeFirst()
    return first === undefined ? farthest : Number(first.seq) - 1
  }
  const beyond = Math.min(head.seq - keepCount, farthest)
  // Attack: somebody does whatever is written down, again and again, until what they did before is forgotten.
  const byCount = beyond > start.seq ? Math.min(beyond, await lastBefore(youngFromMs)) : start.seq
  const last = Math.max(await lastBefore(beforeMs), byCount)
  if (last <= start.seq) return 0
  const row = await trx.selectFrom('audit_events').select(['seq', 'hash']).where('seq', '=', last).executeTakeFirst()
  // Somebody deleted it: that is for `verify` to tell, and not to be covered up.
  if (row === undefined) return 0
  await trx.deleteFrom('audit_events').where('seq', '<=', last).execute()
  await putCheckpoint(trx, 'start', { seq: last, hash: row.hash }, key)
  return last - start.seq
}

async function findCheckpoint(db: Kysely<Database>, name: CheckpointName): Promise<Checkpoint | undefined> {
  const row = await db.selectFrom('audit_checkpoints').selectAll().where('name', '=', name).executeTakeFirst()
  return row === undefined ? undefined : { seq: Number(row.seq), hash: row.hash, keyId: row.key_id, seal: row.seal }
}

async function putCheckpoint(
  trx: Transaction<Database>,
  name: CheckpointName,
  { seq, hash }: Link,
  key: SealKey,
): Promise<void> {
  const values = { seq, hash, key_id: key.id, seal: sealOf(name, { seq, hash }, key) }
  await trx
    .insertInto('audit_checkpoints')
    .values({ name, ...values })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
    .execute()
}

interface EventRow {
  readonly seq: number
  readonly at_ms: number
  readonly kind: string
  readonly actor_name: string | null
  readonly target: string | null
  readonly event: string
  readonly hash: string
  readonly key_id: string
  readonly seal: string
}

function parseRow({ seq, at_ms, kind, actor_name, target, event, hash, key_id, seal }: EventRow): AuditRow {
  return {
    seq: Number(seq),
    atMs: Number(at_ms),
    kind,
    actorName: actor_name,
    target,
    event,
    hash,
    keyId: key_id,
    seal,
  }
}
