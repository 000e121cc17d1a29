/** What does the sixteenth schema add? By what each job was accepted, and which credentials were ended since. */
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const endedCredentials: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('sessions').addColumn('login', 'text').execute()
    await sql`update sessions set login = hash`.execute(db)
    // Of jobs that are there already nobody knows it: they end with their person's rights alone.
    await db.schema.alterTable('jobs').addColumn('queued_by', 'text').execute()
    await db.schema.alterTable('jobs').addColumn('queued_as', 'text').execute()
    await db.schema
      .alterTable('jobs')
      .addColumn('by_one_factor', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
    await db.schema
      .createTable('ended_credentials')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addColumn('jobs', 'text', (column) => column.notNull())
      .execute()
  },
}
