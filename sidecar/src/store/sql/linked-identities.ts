/** Who is this subject of that issuer here? Found by issuer and subject alone, never by a name or an e-mail address. */
import type { UserId } from '@gatehouse/shared/ids'
import type { Kysely, Transaction } from 'kysely'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { IdentityKey, LinkedIdentities } from '../store.ts'
import type { Write } from './changes.ts'
import type { Database } from './schema.ts'
import { insertUser } from './users.ts'

interface LinkedIdentitiesDependencies {
  readonly db: Kysely<Database>
  readonly write: Write
  readonly now: () => number
}

export function createLinkedIdentities({ db, write, now }: LinkedIdentitiesDependencies): LinkedIdentities {
  return {
    find: async (key) => (await select(db, key).executeTakeFirst())?.user_id,
    findAll: async ({ issuer, subject }) => {
      const rows = await db
        .selectFrom('linked_identities')
        .select('user_id')
        .distinct()
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .execute()
      return rows.map((row) => row.user_id)
    },
    list: async (userId) => {
      const rows = await db
        .selectFrom('linked_identities')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at_ms')
        .execute()
      return rows.map((row) => ({
        issuer: row.issuer,
        subject: row.subject,
        tenantName: row.tenant_name,
        createdAtMs: row.created_at_ms,
      }))
    },
    link: (key, userId) =>
      write(async (trx, record) => {
        if ((await select(trx, key).executeTakeFirst()) !== undefined) throw new GatehouseError('identity_taken')
        await insert(trx, key, userId, now())
        await record('identity', userId)
      }),
    unlink: (key, userId) =>
      write(async (trx, record) => {
        const { numDeletedRows } = await trx
          .deleteFrom('linked_identities')
          .where('issuer', '=', key.issuer)
          .where('subject', '=', key.subject)
          .where('tenant_name', '=', key.tenantName)
          .where('user_id', '=', userId)
          .executeTakeFirst()
        if (numDeletedRows === 0n) return false
        // In the same transaction: two at once must not unlink the last two.
        if (!(await hasWayIn(trx, userId))) throw new GatehouseError('last_way_in')
        await record('user', userId)
        return true
      }),
    provision: (key, user) =>
      write(async (trx, record) => {
        if ((await select(trx, key).executeTakeFirst()) !== undefined) throw new GatehouseError('identity_taken')
        const member = await insertUser(trx, user, now())
        await insert(trx, key, member.id, now())
        await record('added', member.id)
        return member
      }),
  }
}

function select(db: Kysely<Database>, key: IdentityKey) {
  return db
    .selectFrom('linked_identities')
    .select('user_id')
    .where('issuer', '=', key.issuer)
    .where('subject', '=', key.subject)
    .where('tenant_name', '=', key.tenantName)
}

async function insert(trx: Transaction<Database>, key: IdentityKey, userId: UserId, nowMs: number): Promise<void> {
  await trx
    .insertInto('linked_identities')
    .values({
      issuer: key.issuer,
      subject: key.subject,
      tenant_name: key.tenantName,
      user_id: userId,
      created_at_ms: nowMs,
    })
    .execute()
}

async function hasWayIn(trx: Transaction<Database>, userId: UserId): Promise<boolean> {
  const user = await trx.selectFrom('users').select('password_hash').where('id', '=', userId).executeTakeFirst()
  if (user !== undefined && user.password_hash !== null) return true
  const left = await trx
    .selectFrom('linked_identities')
    .select('issuer')
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return left !== undefined
}
