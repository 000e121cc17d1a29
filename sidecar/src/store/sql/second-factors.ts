/** Which second factors has somebody, and which recovery codes are left? Each use is counted in one statement. */
import type { UserId } from '@gatehouse/shared/ids'
import type { Kysely } from 'kysely'
import { GatehouseError } from '../../gatehouse-error.ts'
import { randomId } from '../random-id.ts'
import type { FactorKind, FactorRecord, SecondFactors } from '../second-factors.ts'
import type { Write } from './changes.ts'
import type { Database } from './schema.ts'
import { isConstraintError } from './sqlite-error.ts'

export function createSecondFactors(db: Kysely<Database>, write: Write): SecondFactors {
  return {
    list: async (userId) => {
      const rows = await db
        .selectFrom('second_factors')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at_ms')
        .orderBy('id')
        .execute()
      return rows.map(parseFactorRow)
    },
    findPasskey: async (credentialId) => {
      const row = await db
        .selectFrom('second_factors')
        .selectAll()
        .where('credential_id', '=', credentialId)
        .executeTakeFirst()
      return row === undefined ? undefined : parseFactorRow(row)
    },
    add: async ({ credentialId, ...factor }) => {
      const row = {
        id: randomId(12),
        user_id: factor.userId,
        kind: factor.kind,
        label: factor.label,
        data: factor.data,
        credential_id: credentialId ?? null,
        counter: factor.counter,
        created_at_ms: factor.createdAtMs,
        last_used_at_ms: null,
      }
      try {
        await write(async (trx, record) => {
          await trx.insertInto('second_factors').values(row).execute()
          // A remembered password opened everything until now.
          await record('password', factor.userId)
        })
      } catch (cause) {
        if (isConstraintError(cause)) throw new GatehouseError('identity_taken', { cause })
        throw cause
      }
      return parseFactorRow(row)
    },
    use: async (id, counter, nowMs) => {
      const { numUpdatedRows } = await db
        .updateTable('second_factors')
        .set({ counter, last_used_at_ms: nowMs })
        .where('id', '=', id)
        .where(({ and, eb, or }) =>
          // Passkeys that are kept in several devices do not count: theirs stays 0 (WebAuthn 6.1.1).
          or([eb('counter', '<', counter), and([eb('counter', '=', 0), eb.lit(counter === 0)])]),
        )
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    remove: (userId, id) =>
      write(async (trx, record) => {
        const { numDeletedRows } = await trx
          .deleteFrom('second_factors')
          .where('id', '=', id)
          .where('user_id', '=', userId)
          .executeTakeFirst()
        if (numDeletedRows === 0n) return false
        const left = await trx
          .selectFrom('second_factors')
          .select('id')
          .where('user_id', '=', userId)
          .executeTakeFirst()
        if (left === undefined) await trx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
        await record('password', userId)
        return true
      }),
    removeAll: (userId) =>
      write(async (trx, record) => {
        const { numDeletedRows } = await trx
          .deleteFrom('second_factors')
          .where('user_id', '=', userId)
          .executeTakeFirst()
        await trx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
        if (numDeletedRows > 0n) await record('password', userId)
        return Number(numDeletedRows)
      }),
    putRecoveryCodes: (userId, hashes) =>
      write(async (trx) => {
        await trx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
        await trx
          .insertInto('recovery_codes')
          .values(hashes.map((hash) => ({ user_id: userId, hash })))
          .execute()
      }),
    useRecoveryCode: async (userId, hash) => {
      const { numDeletedRows } = await db
        .deleteFrom('recovery_codes')
        .where('user_id', '=', userId)
        .where('hash', '=', hash)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },
    countRecoveryCodes: async (userId) => {
      const row = await db
        .selectFrom('recovery_codes')
        .select((select) => select.fn.countAll().as('count'))
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return Number(row?.count ?? 0)
    },
  }
}

interface FactorRow {
  readonly id: string
  readonly user_id: UserId
  readonly kind: FactorKind
  readonly label: string
  readonly data: string
  readonly counter: number
  readonly created_at_ms: number
  readonly last_used_at_ms: number | null
}

function parseFactorRow(row: FactorRow): FactorRecord {
  return {
    id: row.id,
    userId: row.user_id,
    kind: row.kind,
    label: row.label,
    data: row.data,
    counter: row.counter,
    createdAtMs: row.created_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
  }
}
