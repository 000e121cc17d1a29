import { Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { expect, it } from 'vitest'
import { nodeSqliteDialect, openSqlite } from '../node-sqlite-dialect.ts'
import { migrations } from './index.ts'

async function migrate(db: Kysely<unknown>, names: readonly string[]): Promise<void> {
  const known = Object.fromEntries(Object.entries(migrations).filter(([name]) => names.includes(name)))
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => known } }).migrateToLatest()
  expect(error).toBeUndefined()
}

it('gives what was there to the one worker there was, and loses no preview', async () => {
  const db = new Kysely<unknown>({ dialect: nodeSqliteDialect(openSqlite(':memory:')) })
  await migrate(db, ['001-identity', '002-ledger'])
  await sql`insert into jobs (id, tenant_id, user_id, folder_key, number, sort_number, prompt, extra_data,
    outputs_to_execute, had_secret, state, upstream_id, upstream_number, upstream_finish, created_at_ms)
    values ('job', 'acme', 'alice', 'key', '0', 0, '{}', '{}', '[]', 0, 'pending', 'up', 1, 2, 3)`.execute(db)
  await sql`insert into dead_posts (upstream_id, job_id, since_ms) values ('dead', 'job', 1)`.execute(db)
  await sql`insert into temp_files (upstream_name, own_name, tenant_id, job_id, at_ms)
    values ('ComfyUI_temp_a_00001_.png', 'preview_1.png', 'acme', 'job', 4)`.execute(db)
  await migrate(db, Object.keys(migrations))
  const rows = async (table: string) => (await sql`select * from ${sql.table(table)}`.execute(db)).rows
  expect(await rows('jobs')).toEqual([expect.objectContaining({ id: 'job', worker: 'default', moved: 0 })])
  expect(await rows('dead_posts')).toEqual([expect.objectContaining({ upstream_id: 'dead', worker: 'default' })])
  expect(await rows('temp_files')).toEqual([
    {
      worker: 'default',
      upstream_name: 'ComfyUI_temp_a_00001_.png',
      own_name: 'preview_1.png',
      tenant_id: 'acme',
      job_id: 'job',
      at_ms: 4,
    },
  ])
  await db.destroy()
})
