/** How are links to other devices kept? By the hashes of what the two devices hold; one that was used is gone. */
import type { SessionHash, UserId } from '@gatehouse/shared/ids'
import type { Kysely } from 'kysely'
import type { DeviceLinkRecord, DeviceLinks } from '../device-links.ts'
import type { Database } from './schema.ts'

interface DeviceLinksDependencies {
  readonly db: Kysely<Database>
  readonly now: () => number
}

export function createDeviceLinks({ db, now }: DeviceLinksDependencies): DeviceLinks {
  const find = async (column: 'id' | 'code_hash' | 'claim_hash', value: string) => {
    const open = db.selectFrom('device_links').selectAll().where('expires_at_ms', '>', now())
    const row = await open.where(column, '=', value).executeTakeFirst()
    return row === undefined ? undefined : parseRow(row)
  }
  return {
    add: ({ id, codeHash, sessionHash, userId, expiresAtMs }) =>
      db.transaction().execute(async (trx) => {
        await trx
          .deleteFrom('device_links')
          .where((where) => where.or([where('expires_at_ms', '<=', now()), where('session_hash', '=', sessionHash)]))
          .execute()
        const unused = { claim_hash: null, number: null, address: null, user_agent: null, is_approved: 0 } as const
        const owned = { id, code_hash: codeHash, session_hash: sessionHash, user_id: userId }
        await trx
          .insertInto('device_links')
          .values({ ...owned, ...unused, created_at_ms: now(), expires_at_ms: expiresAtMs })
          .execute()
      }),
    findById: (id) => find('id', id),
    findByCode: (codeHash) => find('code_hash', codeHash),
    findByClaim: (claimHash) => find('claim_hash', claimHash),
    claim: async ({ id, claimHash, number, address, userAgent }) => {
      const { numUpdatedRows } = await db
        .updateTable('device_links')
        .set({ claim_hash: claimHash, number, address, user_agent: userAgent })
        .where('id', '=', id)
        .where('claim_hash', 'is', null)
        .where('expires_at_ms', '>', now())
        .executeTakeFirst()
      return numUpdatedRows === 1n
    },
    approve: async (id) => {
      const { numUpdatedRows } = await db
        .updateTable('device_links')
        .set({ is_approved: 1 })
        .where('id', '=', id)
        .where('claim_hash', 'is not', null)
        .where('expires_at_ms', '>', now())
        .executeTakeFirst()
      return numUpdatedRows === 1n
    },
    remove: async (id) => {
      const { numDeletedRows } = await db.deleteFrom('device_links').where('id', '=', id).executeTakeFirst()
      return numDeletedRows === 1n
    },
  }
}

interface DeviceLinkRow {
  readonly id: string
  readonly session_hash: SessionHash
  readonly user_id: UserId
  readonly number: string | null
  readonly address: string | null
  readonly user_agent: string | null
  readonly is_approved: 0 | 1
  readonly expires_at_ms: number
}

function parseRow(row: DeviceLinkRow): DeviceLinkRecord {
  return {
    id: row.id,
    sessionHash: row.session_hash,
    userId: row.user_id,
    number: row.number,
    address: row.address,
    userAgent: row.user_agent,
    isApproved: row.is_approved === 1,
    expiresAtMs: row.expires_at_ms,
  }
}
