/** What does the fifteenth schema add? Which accounts a provider suspended, so that it can take that back. */
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const suspensions: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('suspended_users')
      .addColumn('user_id', 'text', (column) => column.primaryKey().references('users.id').onDelete('cascade'))
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('since_ms', 'bigint', (column) => column.notNull())
      .execute()
  },
}
