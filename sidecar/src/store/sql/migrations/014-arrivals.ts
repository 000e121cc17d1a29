/** What does the fourteenth schema add? Invitations, and links that take a session to another device. */
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const arrivals: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('invitations')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('token_hash', 'text', (column) => column.notNull().unique())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('tenant_name', 'text')
      .addColumn('user_name', 'text')
      .addColumn('invited_by', 'text', (column) => column.references('users.id').onDelete('cascade'))
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
      .execute()
    await createDeviceLinks(db)
  },
}

async function createDeviceLinks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('device_links')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('code_hash', 'text', (column) => column.notNull().unique())
    .addColumn('session_hash', 'text', (column) => column.notNull().references('sessions.hash').onDelete('cascade'))
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('claim_hash', 'text', (column) => column.unique())
    .addColumn('number', 'text')
    .addColumn('address', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('is_approved', 'integer', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('device_links_session').on('device_links').column('session_hash').execute()
}
