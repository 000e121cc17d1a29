/** Which tokens of programs count? The rows beside their sessions, which take them along when they end. */
import type { SessionHash } from '@gatehouse/shared/ids'
import type { Kysely } from 'kysely'
import type { TokenSession, TokenSessions } from '../token-sessions.ts'
import { listText, parseList, parseScopes } from './list-text.ts'
import type { Database } from './schema.ts'

export function createTokenSessions(db: Kysely<Database>): TokenSessions {
  return {
    add: async (token) => {
      await db
        .insertInto('token_sessions')
        .values({
          session_hash: token.hash,
          refresh_hash: token.refreshHash,
          access_until_ms: token.accessUntilMs,
          scopes: listText(token.scopes),
          addresses: listText(token.addresses),
          workflow: token.workflow,
        })
        .execute()
    },
    find: async (hash) => {
      const row = await db.selectFrom('token_sessions').selectAll().where('session_hash', '=', hash).executeTakeFirst()
      return row === undefined ? undefined : parseTokenSessionRow(row)
    },
    rotate: async (hash, from, to) => {
      const { numUpdatedRows } = await db
        .updateTable('token_sessions')
        .set({ refresh_hash: to.refreshHash, access_until_ms: to.accessUntilMs })
        .where('session_hash', '=', hash)
        .where('refresh_hash', '=', from)
        .executeTakeFirst()
      return numUpdatedRows === 1n
    },
    listLapsed: async (nowMs) => {
      const lapsed = db.selectFrom('token_sessions').select('session_hash').where('access_until_ms', '<=', nowMs)
      return (await lapsed.execute()).map((row) => row.session_hash)
    },
  }
}

interface TokenSessionRow {
  readonly session_hash: SessionHash
  readonly refresh_hash: string
  readonly access_until_ms: number
  readonly scopes: string | null
  readonly addresses: string | null
  readonly workflow: string | null
}

function parseTokenSessionRow(row: TokenSessionRow): TokenSession {
  return {
    hash: row.session_hash,
    refreshHash: row.refresh_hash,
    accessUntilMs: row.access_until_ms,
    scopes: parseScopes(row.scopes),
    addresses: parseList(row.addresses),
    workflow: row.workflow,
  }
}
