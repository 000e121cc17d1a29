/** What does the eighth schema add? The list of security events, chained, with how far it reaches. */
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const audit: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('audit_events')
      .addColumn('seq', 'bigint', (column) => column.primaryKey())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      // Without foreign keys: what somebody did stays written down when they are gone.
      .addColumn('actor_name', 'text')
      .addColumn('target', 'text')
      .addColumn('event', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('seal', 'text', (column) => column.notNull())
      .execute()
    for (const name of ['at_ms', 'kind', 'actor_name', 'target'] as const) {
      await db.schema.createIndex(`audit_events_${name}`).on('audit_events').columns([name, 'seq']).execute()
    }
    await db.schema
      .createTable('audit_checkpoints')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('seal', 'text', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('audit_forwards')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .execute()
  },
}
