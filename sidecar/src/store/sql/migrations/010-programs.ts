/** What does the tenth schema add? Sessions of programs, and tickets for what cannot send a header. */
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const programs: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('token_sessions')
      .addColumn('session_hash', 'text', (column) =>
        column.primaryKey().references('sessions.hash').onDelete('cascade'),
      )
      .addColumn('refresh_hash', 'text', (column) => column.notNull())
      .addColumn('access_until_ms', 'bigint', (column) => column.notNull())
      .addColumn('scopes', 'text')
      .addColumn('addresses', 'text')
      .addColumn('workflow', 'text')
      .execute()
    await createTickets(db)
  },
}

async function createTickets(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('tickets')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('target', 'text')
    .addColumn('method', 'text', (column) => column.notNull())
    .addColumn('credential_id', 'text', (column) => column.notNull())
    .addColumn('proven_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('ends_at_ms', 'bigint')
    .addColumn('impersonator_id', 'text')
    .addColumn('scopes', 'text')
    .addColumn('workflow', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('tickets_user').on('tickets').column('user_id').execute()
  await db.schema.createIndex('tickets_expiry').on('tickets').column('expires_at_ms').execute()
}
