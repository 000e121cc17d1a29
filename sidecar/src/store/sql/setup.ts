/** How does the first owner come to be? Exactly once, and only with the token that was printed last. */
import { timingSafeEqual } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { Setup } from '../store.ts'
import type { Write } from './changes.ts'
import type { Database } from './schema.ts'
import { insertUser } from './users.ts'

const onlySlot = 1

interface SetupDependencies {
  readonly db: Kysely<Database>
  readonly write: Write
  readonly now: () => number
}

export function createSetup({ db, write, now }: SetupDependencies): Setup {
  return {
    isNeeded: async () => !(await hasOwner(db)),
    putTokenHash: async (tokenHash) => {
      await db
        .insertInto('setup_token')
        .values({ slot: onlySlot, token_hash: tokenHash })
        .onConflict((conflict) => conflict.column('slot').doUpdateSet({ token_hash: tokenHash }))
        .execute()
    },
    findTokenHash: () => findTokenHash(db),
    createOwner: (tokenHash, owner) =>
      write(async (trx, record) => {
        await useUpToken(trx, tokenHash)
        const member = await insertUser(trx, { ...owner, role: 'owner' }, now())
        await record('user', member.id)
        return member
      }),
  }
}

async function useUpToken(trx: Transaction<Database>, tokenHash: string): Promise<void> {
  if (await hasOwner(trx)) throw new GatehouseError('setup_done')
  const expected = await findTokenHash(trx)
  if (expected === undefined || !isSameText(expected, tokenHash)) throw new GatehouseError('bad_setup_token')
  await trx.deleteFrom('setup_token').execute()
}

async function hasOwner(db: Kysely<Database>): Promise<boolean> {
  const owner = await db.selectFrom('users').select('id').where('role', '=', 'owner').limit(1).executeTakeFirst()
  return owner !== undefined
}

async function findTokenHash(db: Kysely<Database>): Promise<string | undefined> {
  const row = await db.selectFrom('setup_token').select('token_hash').executeTakeFirst()
  return row?.token_hash
}

function isSameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
