/** Which tenants exist, and who is inside? */
import type { FolderKey, TenantId } from '@gatehouse/shared/ids'
import type { Kysely, Transaction } from 'kysely'
import { GatehouseError } from '../../gatehouse-error.ts'
import { randomId } from '../random-id.ts'
import type { NewUser, TenantRecord, Tenants } from '../store.ts'
import type { Write } from './changes.ts'
import type { Database } from './schema.ts'
import { parseUserRow } from './user-row.ts'

export function createTenants(db: Kysely<Database>, write: Write): Tenants {
  return {
    findByName: async (name) => {
      const row = await db.selectFrom('tenants').selectAll().where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : parseTenantRow(row)
    },
    list: async () => (await db.selectFrom('tenants').selectAll().orderBy('label').execute()).map(parseTenantRow),
    members: async (id) =>
      (await db.selectFrom('users').selectAll().where('tenant_id', '=', id).orderBy('name').execute()).map(
        parseUserRow,
      ),
    giveName: (id, name) =>
      write(async (trx, record) => {
        const taken = await trx.selectFrom('tenants').select('id').where('name', '=', name).executeTakeFirst()
        if (taken !== undefined) throw new GatehouseError('tenant_taken')
        const { numUpdatedRows } = await trx
          .updateTable('tenants')
          .set({ name, label: name })
          .where('id', '=', id)
          .where('name', 'is', null)
          .executeTakeFirst()
        if (numUpdatedRows === 0n) return false
        // The name is shown, and the configuration may place a tenant of that name.
        const people = await trx.selectFrom('users').select('id').where('tenant_id', '=', id).execute()
        for (const person of people) await record('added', person.id)
        return true
      }),
  }
}

/** The tenant a new user belongs to: the named one, created when missing, or a new one of their own, which nobody can join by name where it is unnamed. @throws tenant_taken */
export async function joinTenant(trx: Transaction<Database>, user: NewUser, nowMs: number): Promise<TenantId> {
  if (user.tenantName === undefined && user.ownTenant === 'unnamed') {
    // No canonical name holds a bracket: nobody takes the label for that of a named tenant.
    return insertTenant(trx, { name: null, label: `${user.name} (own)` }, nowMs)
  }
  const name = user.tenantName ?? user.name
  const existing = await trx.selectFrom('tenants').select('id').where('name', '=', name).executeTakeFirst()
  if (existing !== undefined) {
    // Nobody slips into other people's files because their own name happens to be a tenant's.
    if (user.tenantName === undefined) throw new GatehouseError('tenant_taken')
    return existing.id
  }
  return insertTenant(trx, { name, label: name }, nowMs)
}

async function insertTenant(
  trx: Transaction<Database>,
  { name, label }: { readonly name: string | null; readonly label: string },
  nowMs: number,
): Promise<TenantId> {
  const id = parseTenantId(randomId(20))
  const folderKey = parseFolderKey(randomId(20))
  await trx.insertInto('tenants').values({ id, name, label, folder_key: folderKey, created_at_ms: nowMs }).execute()
  return id
}

/** Frees the name of a tenant that nobody is left in; its files stay under their own key. */
export async function retireEmptyTenant(trx: Transaction<Database>, id: TenantId): Promise<void> {
  const member = await trx.selectFrom('users').select('id').where('tenant_id', '=', id).limit(1).executeTakeFirst()
  if (member === undefined) await trx.updateTable('tenants').set({ name: null }).where('id', '=', id).execute()
}

interface TenantRow {
  readonly id: TenantId
  readonly label: string
  readonly folder_key: FolderKey
}

function parseTenantRow(row: TenantRow): TenantRecord {
  return { id: row.id, label: row.label, folderKey: row.folder_key }
}

function parseTenantId(text: string): TenantId {
  return text as TenantId
}

function parseFolderKey(text: string): FolderKey {
  return text as FolderKey
}
