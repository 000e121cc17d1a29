/** Who exists for a look at this installation only? A mark beside the person, which no name and no label can imitate. */
import type { UserId } from '@gatehouse/shared/ids'
import type { Kysely, Transaction } from 'kysely'
import type { Trials } from '../trial-store.ts'
import { createChangeLog } from './changes.ts'
import type { Database } from './schema.ts'
import { retireEmptyTenant } from './tenants.ts'
import { createUsers, insertUser } from './users.ts'

export function createTrials(db: Kysely<Database>, now: () => number = Date.now): Trials {
  const { write } = createChangeLog(db, now)
  const users = createUsers({ db, write, now })
  return {
    add: ({ name, worker }) =>
      write(async (trx, record) => {
        const member = await insertUser(trx, { name, role: 'user', passwordHash: null }, now())
        await trx.insertInto('trials').values({ user_id: member.id, tenant_id: member.tenantId, worker }).execute()
        await record('added', member.id)
        return member
      }),
    workerOf: async (tenantId) =>
      (await db.selectFrom('trials').select('worker').where('tenant_id', '=', tenantId).executeTakeFirst())?.worker,
    list: async () => {
      const marked = await db.selectFrom('trials').select('user_id').execute()
      const found = await Promise.all(marked.map(({ user_id }) => users.findById(user_id)))
      return found.filter((member) => member !== undefined)
    },
    remove: (id) =>
      write(async (trx, record) => {
        const keepsFiles = await removeMarked(trx, id)
        if (keepsFiles !== undefined) await record('user', id)
        return keepsFiles ?? false
      }),
  }
}

/** undefined: there is no mark. */
async function removeMarked(trx: Transaction<Database>, id: UserId): Promise<boolean | undefined> {
  const mark = await trx.selectFrom('trials').select('tenant_id').where('user_id', '=', id).executeTakeFirst()
  if (mark === undefined) return undefined
  const tenantId = mark.tenant_id
  await trx.deleteFrom('users').where('id', '=', id).execute()
  await retireEmptyTenant(trx, tenantId)
  const file = await trx.selectFrom('files').select('seq').where('tenant_id', '=', tenantId).limit(1).executeTakeFirst()
  // Without a name nobody is left in it.
  if (file === undefined) await trx.deleteFrom('tenants').where('id', '=', tenantId).where('name', 'is', null).execute()
  return file !== undefined
}
