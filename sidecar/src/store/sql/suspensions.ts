/** Whom does a provider no longer let in? A mark beside the account, so that only what it did is taken back. */
import type { Suspensions } from '../suspensions.ts'
import type { Write } from './changes.ts'
import { disableUser } from './users.ts'

export interface SuspensionsDependencies {
  readonly write: Write
  readonly now: () => number
}

export function createSuspensions({ write, now }: SuspensionsDependencies): Suspensions {
  return {
    suspend: (userId, issuer) =>
      write(async (trx, record) => {
        const user = await trx.selectFrom('users').select('state').where('id', '=', userId).executeTakeFirst()
        if (user?.state !== 'active') return false
        await disableUser(trx, record, { id: userId, atMs: now() })
        await trx.insertInto('suspended_users').values({ user_id: userId, issuer, since_ms: now() }).execute()
        return true
      }),
    lift: (userId, issuer) =>
      write(async (trx, record) => {
        const { numDeletedRows } = await trx
          .deleteFrom('suspended_users')
          .where('user_id', '=', userId)
          .where('issuer', '=', issuer)
          .executeTakeFirst()
        if (numDeletedRows === 0n) return false
        await trx.updateTable('users').set({ state: 'active' }).where('id', '=', userId).execute()
        await record('user', userId)
        return true
      }),
  }
}
