/** What does the second schema add? Jobs, and which files are whose. */
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const ledger: Migration = {
  async up(db: Kysely<unknown>) {
    await createJobs(db)
    await createJobIndexes(db)
    await createJobSides(db)
    await createFiles(db)
  },
}

async function createJobs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('jobs')
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('folder_key', 'text', (column) => column.notNull())
    .addColumn('client_id', 'text')
    .addColumn('number', 'text', (column) => column.notNull())
    .addColumn('sort_number', 'double precision', (column) => column.notNull())
    .addColumn('prompt', 'text', (column) => column.notNull())
    .addColumn('extra_data', 'text', (column) => column.notNull())
    .addColumn('outputs_to_execute', 'text', (column) => column.notNull())
    .addColumn('workflow_id', 'text')
    .addColumn('upstream_body', 'text')
    .addColumn('had_secret', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('visible', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('attempt', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('suspected_count', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('upstream_id', 'text', (column) => column.notNull().unique())
    .addColumn('upstream_number', 'double precision', (column) => column.notNull())
    .addColumn('upstream_finish', 'double precision', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('started_at_ms', 'bigint')
    .addColumn('finished_at_ms', 'bigint')
    .addColumn('finish_seq', 'integer')
    .addColumn('duration_ms', 'double precision', (column) => column.notNull().defaultTo(0))
    .addColumn('outputs', 'text', (column) => column.notNull().defaultTo('{}'))
    .addColumn('status', 'text')
    .addColumn('meta', 'text', (column) => column.notNull().defaultTo('{}'))
    .execute()
}

async function createJobIndexes(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('jobs_state').on('jobs').columns(['state', 'upstream_number']).execute()
  await db.schema.createIndex('jobs_tenant_state').on('jobs').columns(['tenant_id', 'state']).execute()
  await db.schema.createIndex('jobs_tenant_created').on('jobs').columns(['tenant_id', 'created_at_ms']).execute()
  await db.schema.createIndex('jobs_tenant_finish').on('jobs').columns(['tenant_id', 'finish_seq']).execute()
  await db.schema.createIndex('jobs_finish').on('jobs').column('finish_seq').execute()
}

async function createJobSides(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('job_ids')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .execute()
  await db.schema
    .createTable('job_numbers')
    .addColumn('tenant_id', 'text', (column) => column.primaryKey())
    .addColumn('next', 'integer', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('dead_posts')
    .addColumn('upstream_id', 'text', (column) => column.primaryKey())
    .addColumn('job_id', 'text', (column) => column.notNull())
    .addColumn('since_ms', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('submissions')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('key_hash', 'text', (column) => column.notNull())
    .addColumn('answer', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('submissions_key', ['user_id', 'key_hash'])
    .execute()
  await db.schema.createIndex('submissions_age').on('submissions').column('at_ms').execute()
}

async function createFiles(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('files')
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('root', 'text', (column) => column.notNull())
    .addColumn('subfolder', 'text', (column) => column.notNull())
    .addColumn('filename', 'text', (column) => column.notNull())
    .addColumn('seen_at_ms', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('files_name', ['tenant_id', 'root', 'subfolder', 'filename'])
    .execute()
  await db.schema
    .createTable('temp_files')
    .addColumn('upstream_name', 'text', (column) => column.primaryKey())
    .addColumn('own_name', 'text', (column) => column.notNull())
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('job_id', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('temp_files_own', ['tenant_id', 'own_name'])
    .execute()
}
