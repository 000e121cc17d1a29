/** How are ended credentials kept? In the transaction that ends them, so that no process sees a job without its end. */
import type { Kysely, Transaction } from 'kysely'
import { type EndedCredential, type EndedCredentials, loginName } from '../ended-credentials.ts'
import type { Change } from '../store.ts'
import type { Database } from './schema.ts'

/** Milliseconds; longer than a sidecar is away while jobs wait for it. */
const keptMs = 30 * 24 * 60 * 60 * 1000
/** Milliseconds; longer than a prompt takes from the moment its credential was judged until it is a job in the store. */
const arrivingMs = 60 * 60 * 1000

export interface EndedCredentialsDependencies {
  readonly db: Kysely<Database>
  readonly now: () => number
}

export function createEndedCredentials({ db, now }: EndedCredentialsDependencies): EndedCredentials {
  return {
    find: async (name) => {
      const all = db.selectFrom('ended_credentials').select(['at_ms', 'jobs']).where('name', '=', name)
      const row = await all.executeTakeFirst()
      return row === undefined ? undefined : { atMs: row.at_ms, jobs: row.jobs }
    },
    add: (name) => db.transaction().execute((trx) => markEnded(trx, name, { atMs: now(), jobs: 'cancel' })),
  }
}

export async function markEnded(trx: Transaction<Database>, name: string, ended: EndedCredential): Promise<void> {
  const { atMs, jobs } = ended
  await trx
    .insertInto('ended_credentials')
    .values({ name, at_ms: atMs, jobs })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ at_ms: atMs, jobs }))
    .execute()
}

/** What a change ends by itself; of a session, whoever ends it says what becomes of its jobs. */
export async function markChanged(
  trx: Transaction<Database>,
  { kind, userId, credentialId }: Omit<Change, 'seq'>,
  nowMs: number,
): Promise<void> {
  const ended = { atMs: nowMs, jobs: 'cancel' } as const
  if (kind === 'api-key' && credentialId !== undefined) await markEnded(trx, credentialId, ended)
  // As Basic names what it proved.
  if (kind === 'password') await markEnded(trx, `basic:${userId}`, ended)
}

/** Those that no job can ask for any more. */
export async function forgetEnded(trx: Transaction<Database>, nowMs: number): Promise<void> {
  const before = (atMs: number) => trx.deleteFrom('ended_credentials').where('at_ms', '<', atMs)
  await before(nowMs - keptMs).execute()
  // Attack: a program logs in and out again and again, for a month.
  const asking = trx
    .selectFrom('jobs')
    .select('queued_by')
    .where('state', 'in', ['submitting', 'pending', 'in_progress'])
    .where('queued_by', 'is not', null)
  await before(nowMs - arrivingMs)
    .where('name', 'like', loginName('%'))
    .where('name', 'not in', asking)
    .execute()
}
