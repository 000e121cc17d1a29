/** Which sessions are open? Found by the SHA-256 of the cookie's id, which itself is never stored. */
import type { ApiKeyId, SessionHash, UserId } from '@gatehouse/shared/ids'
import type { Kysely, Transaction } from 'kysely'
import { randomId } from '../random-id.ts'
import type { SecondFactorKind, SessionRecord, Sessions, SignInMethod } from '../store.ts'
import type { Recorder, Write } from './changes.ts'
import type { Database } from './schema.ts'

export function createSessions(db: Kysely<Database>, write: Write): Sessions {
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
    revoke: (hash) =>
      write(async (trx, record) => {
        const ended = await trx.deleteFrom('sessions').where('hash', '=', hash).returning('user_id').executeTakeFirst()
        if (ended !== undefined) await record('session', ended.user_id, hash)
        return ended !== undefined
      }),
    revokeIssued: ({ issuer, issuerSession, userId }) =>
      write(async (trx, record) => {
        const ofIssuer = trx.deleteFrom('sessions').where('issuer', '=', issuer).returning(['hash', 'user_id'])
        const ofPerson = userId === undefined ? ofIssuer : ofIssuer.where('user_id', '=', userId)
        const named = issuerSession === undefined ? ofPerson : ofPerson.where('issuer_session', '=', issuerSession)
        const ended = await named.execute()
        for (const session of ended) await record('session', session.user_id, session.hash)
        return ended.length
      }),
    revokeAll: (userId, options = {}) =>
      write(async (trx, record) => {
        const all = trx.deleteFrom('sessions').where('user_id', '=', userId).returning('hash')
        const ended = await (options.keep === undefined ? all : all.where('hash', '!=', options.keep)).execute()
        for (const session of ended) await record('session', userId, session.hash)
        return ended.length + (await endImpersonations(trx, record, userId))
      }),
    prune: ({ nowMs, idleMs }) =>
      write(async (trx, record) => {
        const ended = await trx
          .deleteFrom('sessions')
          .where((where) =>
            where.or([where('expires_at_ms', '<=', nowMs), where('last_seen_at_ms', '<=', nowMs - idleMs)]),
          )
          .returning(['hash', 'user_id'])
          .execute()
        for (const session of ended) await record('session', session.user_id, session.hash)
      }),
  }
}

/** Those that this person opened in the place of others. How many were ended. */
export async function endImpersonations(
  trx: Transaction<Database>,
  record: Recorder,
  impersonatorId: UserId,
): Promise<number> {
  const ended = await trx
    .deleteFrom('sessions')
    .where('impersonator_id', '=', impersonatorId)
    .returning(['hash', 'user_id'])
    .execute()
  for (const session of ended) await record('session', session.user_id, session.hash)
  return ended.length
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
