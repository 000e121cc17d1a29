import { Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { expect, it } from 'vitest'
import { createJobStore } from '../jobs.ts'
import { nodeSqliteDialect, openSqlite } from '../node-sqlite-dialect.ts'
import type { LedgerTables } from '../tables/ledger.ts'
import { migrations } from './index.ts'

async function migrate(db: Kysely<LedgerTables>, names: readonly string[]): Promise<void> {
  const known = Object.fromEntries(Object.entries(migrations).filter(([name]) => names.includes(name)))
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => known } }).migrateToLatest()
  expect(error).toBeUndefined()
}

it('leaves the texts of jobs that were there in their rows, and takes the extra data out of what is posted again', async () => {
  const db = new Kysely<LedgerTables>({ dialect: nodeSqliteDialect(openSqlite(':memory:')) })
  const all = Object.keys(migrations)
  await migrate(db, all.slice(0, all.indexOf('006-job-pieces')))
  const long = `{"text":"${'x'.repeat(2_000_000)}"}`
  const graph = `"prompt":{"1":{"seed":18446744073709551615,"cfg":1.0,"far":1E+400,"text":"\\u0041\\"${'x'.repeat(2_000_000)}"}}`
  await sql`insert into jobs (id, tenant_id, user_id, folder_key, number, sort_number, prompt, extra_data,
    outputs_to_execute, upstream_body, had_secret, state, upstream_id, upstream_number, upstream_finish, created_at_ms)
    values ('job', 'acme', 'alice', 'key', '0', 0, ${long}, '{}', '[]', ${`{"extra_data":{"preview_method":"auto"},${graph}}`}, 0, 'pending', 'up', 1, 2, 3)`.execute(
    db,
  )
  await migrate(db, all)
  const store = createJobStore(db)
  const job = await store.findByUpstreamId('up')
  if (job === undefined) throw new Error('the job is gone')
  expect(await store.find(job.tenantId, 'job')).toMatchObject({ prompt: long, extraData: '{}' })
  expect(await store.upstreamBody(job.id)).toBe(`{${graph}}`)
  expect(await store.extraData(job.id)).toBe('{}')
  await db.destroy()
})
