/** What does the seventh schema add? The mark of people who exist for a look at the installation only. */
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const trials: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('trials')
      .addColumn('user_id', 'text', (column) => column.primaryKey().references('users.id').onDelete('cascade'))
      .addColumn('tenant_id', 'text', (column) => column.notNull().unique())
      .addColumn('worker', 'text', (column) => column.notNull())
      .execute()
  },
}
