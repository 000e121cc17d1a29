/** What was revoked or changed, in order? The feed by which a running sidecar hears of another process's writes. */
import type { UserId } from '@gatehouse/shared/ids'
import type { Kysely, Transaction } from 'kysely'
import type { Change, ChangeKind, Changes } from '../store.ts'
import { forgetEnded, markChanged } from './ended-credentials.ts'
import type { Database } from './schema.ts'
import { endTickets } from './tickets.ts'

/** Long enough for a sidecar that was suspended; a restarted one starts with empty caches anyway. */
const keptMs = 24 * 60 * 60 * 1000
/** One write in so many also forgets old entries. */
const pruneEveryCount = 100

export type Recorder = (kind: ChangeKind, userId: UserId, credentialId?: string) => Promise<void>
/** A transaction whose recorded changes are announced once it is committed. */
export type Write = <T>(run: (trx: Transaction<Database>, record: Recorder) => Promise<T>) => Promise<T>

export interface ChangeLog {
  readonly changes: Changes
  readonly write: Write
}

export function createChangeLog(db: Kysely<Database>, now: () => number): ChangeLog {
  const listeners = new Set<(changes: readonly Change[]) => void>()
  return {
    changes: {
      since: async (seq) => (await selectSince(db, seq)).map(parseChangeRow),
      lastSeq: async () => {
        const row = await db
          .selectFrom('changes')
          .select((select) => select.fn.max('seq').as('seq'))
          .executeTakeFirst()
        return Number(row?.seq ?? 0)
      },
      subscribe: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    write: async (run) => {
      const recorded: Change[] = []
      const result = await db.transaction().execute((trx) =>
        run(trx, async (kind, userId, credentialId) => {
          recorded.push(await append(trx, { kind, userId, credentialId }, now()))
        }),
      )
      if (recorded.length > 0) for (const listener of listeners) listener(recorded)
      return result
    },
  }
}

function selectSince(db: Kysely<Database>, seq: number) {
  return db.selectFrom('changes').selectAll().where('seq', '>', seq).orderBy('seq').execute()
}

async function append(trx: Transaction<Database>, change: Omit<Change, 'seq'>, nowMs: number): Promise<Change> {
  const { seq } = await trx
    .insertInto('changes')
    .values({
      kind: change.kind,
      user_id: change.userId,
      credential_id: change.credentialId ?? null,
      at_ms: nowMs,
    })
    .returning('seq')
    .executeTakeFirstOrThrow()
  await endTickets(trx, change)
  await markChanged(trx, change, nowMs)
  if (seq % pruneEveryCount === 0) {
    await trx
      .deleteFrom('changes')
      .where('at_ms', '<', nowMs - keptMs)
      .execute()
    await forgetEnded(trx, nowMs)
  }
  return { ...change, seq }
}

interface ChangeRow {
  readonly seq: number
  readonly kind: ChangeKind
  readonly user_id: UserId
  readonly credential_id: string | null
}

function parseChangeRow(row: ChangeRow): Change {
  return { seq: row.seq, kind: row.kind, userId: row.user_id, credentialId: row.credential_id ?? undefined }
}
