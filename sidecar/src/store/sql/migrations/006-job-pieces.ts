/** What does the sixth schema add? The large texts of jobs, in pieces beside their row; and extra data is kept once. */
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** A row of megabytes is written anew with each change of its job, and in one step. */
export const jobPieces: Migration = {
  async up(db: Kysely<unknown>) {
    for (const column of ['prompt_pieces', 'extra_data_pieces', 'upstream_body_pieces']) {
      await db.schema
        .alterTable('jobs')
        .addColumn(column, 'integer', (definition) => definition.notNull().defaultTo(0))
        .execute()
    }
    await db.schema
      .createTable('job_pieces')
      .addColumn('job_id', 'text', (column) => column.notNull().references('jobs.id').onDelete('cascade'))
      .addColumn('part', 'text', (column) => column.notNull())
      .addColumn('place', 'integer', (column) => column.notNull())
      .addColumn('text', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('job_pieces_place', ['job_id', 'part', 'place'])
      .execute()
    // It is in `extra_data` already. The function leaves what it keeps as it was written, numbers of any length included.
    await sql`update jobs set upstream_body = json_remove(upstream_body, '$.extra_data')`.execute(db)
  },
}
