/** What does the third schema add? Which ComfyUI a job, a dead post and a temp file belong to. */
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Until now there was one: the ComfyUI of `comfyui.url`. */
const only = 'default'

export const workers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('jobs')
      .addColumn('worker', 'text', (column) => column.notNull().defaultTo(only))
      .execute()
    await db.schema
      .alterTable('jobs')
      .addColumn('moved', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
    await db.schema.dropIndex('jobs_state').execute()
    await db.schema
      .createIndex('jobs_worker_state')
      .on('jobs')
      .columns(['worker', 'state', 'upstream_number'])
      .execute()
    await db.schema
      .alterTable('dead_posts')
      .addColumn('worker', 'text', (column) => column.notNull().defaultTo(only))
      .execute()
    await keepTempFilesByWorker(db)
  },
}

/** Two processes give the same names. */
async function keepTempFilesByWorker(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('temp_files').renameTo('temp_files_of_one').execute()
  await db.schema
    .createTable('temp_files')
    .addColumn('worker', 'text', (column) => column.notNull())
    .addColumn('upstream_name', 'text', (column) => column.notNull())
    .addColumn('own_name', 'text', (column) => column.notNull())
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('job_id', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('temp_files_of_worker', ['worker', 'upstream_name'])
    .addUniqueConstraint('temp_files_own_of_worker', ['worker', 'tenant_id', 'own_name'])
    .execute()
  await sql`
    insert into temp_files (worker, upstream_name, own_name, tenant_id, job_id, at_ms)
    select ${sql.lit(only)}, upstream_name, own_name, tenant_id, job_id, at_ms from temp_files_of_one`.execute(db)
  await db.schema.dropTable('temp_files_of_one').execute()
}
