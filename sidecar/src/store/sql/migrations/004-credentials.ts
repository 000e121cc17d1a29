/** What does the fourth schema add? How a session was proven, what a key is limited to, and who somebody is elsewhere. */
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const credentials: Migration = {
  async up(db: Kysely<unknown>) {
    await widenSessions(db)
    await widenKeys(db)
    await db.schema
      .alterTable('users')
      .addColumn('kind', 'text', (column) => column.notNull().defaultTo('person'))
      .execute()
    await createLinkedIdentities(db)
  },
}

async function widenSessions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('sessions')
    .addColumn('method', 'text', (column) => column.notNull().defaultTo('password'))
    .execute()
  await db.schema.alterTable('sessions').addColumn('proven_at_ms', 'bigint').execute()
  for (const name of ['factor', 'issuer', 'issuer_session', 'impersonator_id'] as const) {
    await db.schema.alterTable('sessions').addColumn(name, 'text').execute()
  }
  await sql`update sessions set proven_at_ms = created_at_ms`.execute(db)
  await sql`update sessions set method = 'api-key' where api_key_id is not null`.execute(db)
}

async function widenKeys(db: Kysely<unknown>): Promise<void> {
  // JSON lists; null is no limit, which is what every older key has.
  for (const name of ['scopes', 'addresses', 'workflow', 'last_used_address'] as const) {
    await db.schema.alterTable('api_keys').addColumn(name, 'text').execute()
  }
}

async function createLinkedIdentities(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('linked_identities')
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    // Empty where the issuer says nothing of tenants; else one person of it has an account in each of theirs.
    .addColumn('tenant_name', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('linked_identities_key', ['issuer', 'subject', 'tenant_name'])
    .execute()
  await db.schema.createIndex('linked_identities_user').on('linked_identities').column('user_id').execute()
}
