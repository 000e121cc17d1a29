/** Which sessions are open? Found by the SHA-256 of the cookie's id, which itself is never stored. */
import type { ApiKeyId, SessionHash, UserId } from '@gatehouse/shared/ids'
import type { Kysely, Transaction } from 'kysely'
import { everyLoginName, type JobsAtEnd, loginName } from '../ended-credentials.ts'
import { randomId } from '../random-id.ts'
import type { SecondFactorKind, SessionRecord, Sessions, SignInMethod } from '../store.ts'
import type { Recorder, Write } from './changes.ts'
import { markEnded } from './ended-credentials.ts'
import type { Database } from './schema.ts'

export interface SessionsDependencies {
  readonly db: Kysely<Database>
  readonly write: Write
  readonly now: () => number
}

export function createSessions({ db, write, now }: SessionsDependencies): Sessions {
  return {
    find: (hash) => findSession(db, 'hash', hash),
    findById: (id) => findSession(db, 'id', id),
    list: async (userId) => {
      const all = db.selectFrom('sessions').selectAll().orderBy('created_at_ms', 'desc')
      const rows = await (userId === undefined ? all : all.where('user_id', '=', userId)).execute()
      return rows.map(parseSessionRow)
    },
    add: async (session) => {
      await db
        .insertInto('sessions')
        .values({
          hash: session.hash,
          id: randomId(12),
          user_id: session.userId,
          login: session.login ?? session.hash,
          created_at_ms: session.createdAtMs,
          last_seen_at_ms: session.lastSeenAtMs,
          expires_at_ms: session.expiresAtMs,
          remember: session.remember ? 1 : 0,
          address: session.address,
          user_agent: session.userAgent,
          api_key_id: session.apiKeyId,
          method: session.method,
          proven_at_ms: session.provenAtMs,
          factor: session.factor,
          issuer: session.issuer,
          issuer_session: session.issuerSession,
          impersonator_id: session.impersonatorId,
        })
        .execute()
    },
    touch: async (hash, lastSeenAtMs) => {
      await db.updateTable('sessions').set({ last_seen_at_ms: lastSeenAtMs }).where('hash', '=', hash).execute()
    },
    revoke: (hash, jobs = 'cancel') =>
      write(async (trx, record) => {
        const count = await endSessions(trx, record, deletion(trx).where('hash', '=', hash), { atMs: now(), jobs })
        return count === 1
      }),
    revokeIssued: ({ issuer, issuerSession, userId }) =>
      write((trx, record) => {
        const ofIssuer = deletion(trx).where('issuer', '=', issuer)
        const ofPerson = userId === undefined ? ofIssuer : ofIssuer.where('user_id', '=', userId)
        const named = issuerSession === undefined ? ofPerson : ofPerson.where('issuer_session', '=', issuerSession)
        return endSessions(trx, record, named, { atMs: now(), jobs: 'cancel' })
      }),
    revokeAll: (userId, options = {}) =>
      write((trx, record) => endAll(trx, record, { userId, ...options, atMs: now() })),
    prune: ({ nowMs, idleMs }) =>
      write(async (trx, record) => {
        const past = deletion(trx).where((where) =>
          where.or([where('expires_at_ms', '<=', nowMs), where('last_seen_at_ms', '<=', nowMs - idleMs)]),
        )
        // People queue the work of a night and go home.
        await endSessions(trx, record, past, { atMs: nowMs, jobs: 'keep' })
      }),
  }
}

/** Of sessions; the caller says of which. */
function deletion(trx: Transaction<Database>) {
  return trx.deleteFrom('sessions').returning(['hash', 'user_id', 'login'])
}

interface EndRow {
  readonly hash: SessionHash
  readonly user_id: UserId
  readonly login: string | null
}

interface End {
  readonly atMs: number
  readonly jobs: JobsAtEnd
}

/** Deletes them, and tells of each, and what becomes of the jobs of its log-in. How many there were. */
async function endSessions(
  trx: Transaction<Database>,
  record: Recorder,
  which: { execute(): Promise<readonly EndRow[]> },
  { atMs, jobs }: End,
): Promise<number> {
  const rows = await which.execute()
  for (const { hash, user_id: userId, login } of rows) {
    // First, so that whoever hears of it finds it.
    if (jobs !== 'keep') await markEnded(trx, loginName(login ?? hash), { atMs, jobs })
    await record('session', userId, hash)
  }
  return rows.length
}

interface EndAll {
  readonly userId: UserId
  readonly keep?: SessionHash | undefined
  readonly atMs: number
}

/** Of one person, with what they do in the place of others. How many were ended. */
export async function endAll(
  trx: Transaction<Database>,
  record: Recorder,
  { userId, keep, atMs }: EndAll,
): Promise<number> {
  const all = deletion(trx).where('user_id', '=', userId)
  const others = keep === undefined ? all : all.where('hash', '!=', keep)
  const count = await endSessions(trx, record, others, { atMs, jobs: 'cancel' })
  if (keep === undefined) await markEnded(trx, everyLoginName(userId), { atMs, jobs: 'cancel' })
  return count + (await endImpersonations(trx, record, { impersonatorId: userId, atMs }))
}

interface EndImpersonations {
  readonly impersonatorId: UserId
  readonly atMs: number
}

/** Those that this person opened in the place of others. How many were ended. */
export function endImpersonations(
  trx: Transaction<Database>,
  record: Recorder,
  { impersonatorId, atMs }: EndImpersonations,
): Promise<number> {
  return endSessions(trx, record, deletion(trx).where('impersonator_id', '=', impersonatorId), { atMs, jobs: 'cancel' })
}

interface EndOpened {
  readonly apiKeyId: ApiKeyId
  readonly atMs: number
}

/** Those that were opened with this key. How many were ended. */
export function endOpenedBy(
  trx: Transaction<Database>,
  record: Recorder,
  { apiKeyId, atMs }: EndOpened,
): Promise<number> {
  return endSessions(trx, record, deletion(trx).where('api_key_id', '=', apiKeyId), { atMs, jobs: 'cancel' })
}

async function findSession(
  db: Kysely<Database>,
  column: 'hash' | 'id',
  value: string,
): Promise<SessionRecord | undefined> {
  const row = await db.selectFrom('sessions').selectAll().where(column, '=', value).executeTakeFirst()
  return row === undefined ? undefined : parseSessionRow(row)
}

interface SessionRow {
  readonly hash: SessionHash
  readonly id: string
  readonly user_id: UserId
  readonly login: string | null
  readonly created_at_ms: number
  readonly last_seen_at_ms: number
  readonly expires_at_ms: number
  readonly remember: number
  readonly address: string
  readonly user_agent: string
  readonly api_key_id: ApiKeyId | null
  readonly method: SignInMethod
  readonly proven_at_ms: number
  readonly factor: SecondFactorKind | null
  readonly issuer: string | null
  readonly issuer_session: string | null
  readonly impersonator_id: UserId | null
}

function parseSessionRow(row: SessionRow): SessionRecord {
  return {
    hash: row.hash,
    id: row.id,
    userId: row.user_id,
    login: row.login ?? row.hash,
    createdAtMs: row.created_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    expiresAtMs: row.expires_at_ms,
    remember: row.remember === 1,
    address: row.address,
    userAgent: row.user_agent,
    apiKeyId: row.api_key_id,
    method: row.method,
    provenAtMs: row.proven_at_ms,
    factor: row.factor,
    issuer: row.issuer,
    issuerSession: row.issuer_session,
    impersonatorId: row.impersonator_id,
  }
}
