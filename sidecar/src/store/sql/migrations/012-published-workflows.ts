/** What does the twelfth schema add? Workflows that were published for those who may run no graph of their own. */
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const publishedWorkflows: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('published_workflows')
      .addColumn('id', 'text', (column) => column.primaryKey())
      // Empty: for everybody. No foreign key: the common tenant of a shared installation is in no table.
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('publisher_id', 'text', (column) => column.notNull())
      .addColumn('prompt', 'text', (column) => column.notNull())
      .addColumn('open_inputs', 'text', (column) => column.notNull())
      .addColumn('workflow', 'text')
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('published_workflows_name', ['tenant_id', 'name'])
      .execute()
  },
}
