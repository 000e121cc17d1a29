/** Which API keys exist? Only the hash of the secret half is kept. */
import type { ApiKeyId, UserId } from '@gatehouse/shared/ids'
import type { Kysely } from 'kysely'
import type { ApiKeyRecord, ApiKeys } from '../api-keys.ts'
import type { Write } from './changes.ts'
import { listText, parseList, parseScopes } from './list-text.ts'
import type { Database } from './schema.ts'
import { endOpenedBy } from './sessions.ts'

interface ApiKeysDependencies {
  readonly db: Kysely<Database>
  readonly write: Write
  readonly now: () => number
}

export function createApiKeys({ db, write, now }: ApiKeysDependencies): ApiKeys {
  return {
    find: async (id) => {
      const row = await db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : parseApiKeyRow(row)
    },
    list: async (userId) => {
      const all = db.selectFrom('api_keys').selectAll().orderBy('created_at_ms', 'desc').orderBy('id')
      const rows = await (userId === undefined ? all : all.where('user_id', '=', userId)).execute()
      return rows.map(parseApiKeyRow)
    },
    add: async (key) => {
      const row = {
        id: key.id,
        user_id: key.userId,
        label: key.label,
        secret_hash: key.secretHash,
        created_at_ms: now(),
        expires_at_ms: key.expiresAtMs,
        last_used_at_ms: null,
        last_used_address: null,
        scopes: listText(key.scopes),
        addresses: listText(key.addresses),
        workflow: key.workflow ?? null,
      }
      await db.insertInto('api_keys').values(row).execute()
      return parseApiKeyRow(row)
    },
    touch: async (id, lastUsedAtMs, address) => {
      const use = { last_used_at_ms: lastUsedAtMs, last_used_address: address }
      await db.updateTable('api_keys').set(use).where('id', '=', id).execute()
    },
    revoke: (id) =>
      write(async (trx, record) => {
        const ended = await trx.deleteFrom('api_keys').where('id', '=', id).returning('user_id').executeTakeFirst()
        if (ended === undefined) return false
        await record('api-key', ended.user_id, id)
        await endOpenedBy(trx, record, { apiKeyId: id, atMs: now() })
        return true
      }),
  }
}

interface ApiKeyRow {
  readonly id: ApiKeyId
  readonly user_id: UserId
  readonly label: string
  readonly secret_hash: string
  readonly created_at_ms: number
  readonly expires_at_ms: number | null
  readonly last_used_at_ms: number | null
  readonly last_used_address: string | null
  readonly scopes: string | null
  readonly addresses: string | null
  readonly workflow: string | null
}

function parseApiKeyRow(row: ApiKeyRow): ApiKeyRecord {
  return {
    id: row.id,
    userId: row.user_id,
    label: row.label,
    secretHash: row.secret_hash,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
    lastUsedAddress: row.last_used_address,
    scopes: parseScopes(row.scopes),
    addresses: parseList(row.addresses),
    workflow: row.workflow,
  }
}
