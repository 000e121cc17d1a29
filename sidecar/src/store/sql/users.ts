/** Who exists, in which tenant, with which role? Every write that changes rights is recorded in the change feed. */
import type { SessionHash, UserId } from '@gatehouse/shared/ids'
import type { Kysely, Transaction } from 'kysely'
import { GatehouseError } from '../../gatehouse-error.ts'
import { randomId } from '../random-id.ts'
import type { Member, NewUser, RegisterOutcome, Users } from '../store.ts'
import type { Recorder, Write } from './changes.ts'
import type { Database } from './schema.ts'
import { endAll, endImpersonations } from './sessions.ts'
import { isConstraintError } from './sqlite-error.ts'
import { joinTenant, retireEmptyTenant } from './tenants.ts'
import { parseMemberRow } from './user-row.ts'

interface UsersDependencies {
  readonly db: Kysely<Database>
  readonly write: Write
  readonly now: () => number
}

export function createUsers({ db, write, now }: UsersDependencies): Users {
  return {
    findByName: (name) => findMember(db, 'name', name),
    findById: (id) => findMember(db, 'id', id),
    list: async () => (await selectMembers(db).orderBy('users.name').execute()).map(parseMemberRow),
    add: (user) =>
      write(async (trx, record) => {
        const member = await insertUser(trx, user, now())
        // On which worker their tenant is may hang on who is in it.
        await record('added', member.id)
        return member
      }),
    register: (user, waitingCount) =>
      write((trx, record) => register(trx, record, { user, waitingCount, nowMs: now() })),
    setState: (id, state) =>
      write(async (trx, record) => {
        // An administrator's word takes the place of a provider's.
        await trx.deleteFrom('suspended_users').where('user_id', '=', id).execute()
        if (state === 'disabled') return disableUser(trx, record, { id, atMs: now() })
        await trx.updateTable('users').set({ state }).where('id', '=', id).execute()
        await record('user', id)
      }),
    setRole: (id, role) =>
      write(async (trx, record) => {
        if (role !== 'owner') await refuseLastOwner(trx, id)
        await trx.updateTable('users').set({ role }).where('id', '=', id).execute()
        await trx.deleteFrom('sessions').where('user_id', '=', id).execute()
        await endImpersonations(trx, record, { impersonatorId: id, atMs: now() })
        await record('user', id)
      }),
    setPassword: (id, passwordHash, options = {}) =>
      write((trx, record) => changePassword(trx, record, { id, passwordHash, ...options, atMs: now() })),
    endForeignPassword: (id) => write((_trx, record) => record('password', id)),
    rehashPassword: async (id, from, to) => {
      await db
        .updateTable('users')
        .set({ password_hash: to })
        .where('id', '=', id)
        .where('password_hash', '=', from)
        .execute()
    },
    remove: (id) =>
      write(async (trx, record) => {
        await refuseLastOwner(trx, id)
        const removed = await trx.deleteFrom('users').where('id', '=', id).returning('tenant_id').executeTakeFirst()
        if (removed === undefined) return
        await endImpersonations(trx, record, { impersonatorId: id, atMs: now() })
        await retireEmptyTenant(trx, removed.tenant_id)
        await record('user', id)
      }),
  }
}

export interface Disabling {
  readonly id: UserId
  readonly atMs: number
}

/** @throws last_owner */
export async function disableUser(
  trx: Transaction<Database>,
  record: Recorder,
  { id, atMs }: Disabling,
): Promise<void> {
  await refuseLastOwner(trx, id)
  await trx.updateTable('users').set({ state: 'disabled' }).where('id', '=', id).execute()
  await trx.deleteFrom('sessions').where('user_id', '=', id).execute()
  await endImpersonations(trx, record, { impersonatorId: id, atMs })
  await record('user', id)
}

interface Registration {
  readonly user: Parameters<Users['register']>[0]
  readonly waitingCount: number
  readonly nowMs: number
}

async function register(trx: Transaction<Database>, record: Recorder, asked: Registration): Promise<RegisterOutcome> {
  const waiting = await trx.selectFrom('users').select('id').where('state', '=', 'pending').execute()
  if (waiting.length >= asked.waitingCount) return 'too many wait'
  try {
    const { id } = await insertUser(trx, { ...asked.user, state: 'pending', ownTenant: 'unnamed' }, asked.nowMs)
    await record('added', id)
    return 'waiting'
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'name_taken') return 'name taken'
    throw error
  }
}

/** @throws name_taken, tenant_taken, bad_input for a service account with a password */
export async function insertUser(trx: Transaction<Database>, user: NewUser, nowMs: number): Promise<Member> {
  if (user.kind === 'service' && user.passwordHash !== null) throw serviceHasNone()
  const taken = await trx.selectFrom('users').select('id').where('name', '=', user.name).executeTakeFirst()
  if (taken !== undefined) throw new GatehouseError('name_taken')
  const tenantId = await joinTenant(trx, user, nowMs)
  const id = parseUserId(randomId(20))
  try {
    await trx
      .insertInto('users')
      .values({
        id,
        name: user.name,
        tenant_id: tenantId,
        role: user.role,
        state: user.state ?? 'active',
        kind: user.kind ?? 'person',
        password_hash: user.passwordHash,
        created_at_ms: nowMs,
      })
      .execute()
  } catch (cause) {
    if (isConstraintError(cause)) throw new GatehouseError('name_taken', { cause })
    throw cause
  }
  return parseMemberRow(await selectMembers(trx).where('users.id', '=', id).executeTakeFirstOrThrow())
}

interface PasswordChange {
  readonly id: UserId
  readonly passwordHash: string
  readonly keep?: SessionHash | undefined
  readonly from?: string | null
  readonly atMs: number
}

/** @throws bad_input for a service account, bad_credentials */
async function changePassword(trx: Transaction<Database>, record: Recorder, change: PasswordChange): Promise<void> {
  const users = trx.selectFrom('users').select(['kind', 'password_hash']).where('id', '=', change.id)
  const before = await users.executeTakeFirst()
  if (before?.kind === 'service') throw serviceHasNone()
  if (change.from !== undefined && before?.password_hash !== change.from) throw new GatehouseError('bad_credentials')
  await trx.updateTable('users').set({ password_hash: change.passwordHash }).where('id', '=', change.id).execute()
  await endAll(trx, record, { userId: change.id, keep: change.keep, atMs: change.atMs })
  // `user` closes every socket of the person; with a session kept, only what hangs on the old password has to go.
  if (change.keep === undefined) await record('user', change.id)
  await record('password', change.id)
}

function serviceHasNone(): GatehouseError {
  return new GatehouseError('bad_input', { message: 'A service account has no password: make it a key instead.' })
}

async function refuseLastOwner(trx: Transaction<Database>, id: UserId): Promise<void> {
  const owners = await trx
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'owner')
    .where('state', '=', 'active')
    // A program cannot give the role back to anybody.
    .where('kind', '=', 'person')
    .execute()
  if (owners.length === 1 && owners[0]?.id === id) throw new GatehouseError('last_owner')
}

function selectMembers(db: Kysely<Database>) {
  return db
    .selectFrom('users')
    .innerJoin('tenants', 'tenants.id', 'users.tenant_id')
    .selectAll('users')
    .select(['tenants.label', 'tenants.folder_key'])
}

async function findMember(db: Kysely<Database>, column: 'id' | 'name', value: string): Promise<Member | undefined> {
  const row = await selectMembers(db).where(`users.${column}`, '=', value).executeTakeFirst()
  return row === undefined ? undefined : parseMemberRow(row)
}

function parseUserId(text: string): UserId {
  return text as UserId
}
