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

const names = Object.keys(migrations)
const own = names.indexOf('016-ended-credentials')

it('leaves open sessions what they are, each a log-in of its own, and asks of no earlier job what queued it', async () => {
  const db = new Kysely<unknown>({ dialect: nodeSqliteDialect(openSqlite(':memory:')) })
  await migrate(db, names.slice(0, own))
  await sql`pragma foreign_keys = off`.execute(db)
  for (const table of ['sessions', 'jobs']) {
    const { rows: columns } = await sql<Column>`select name, lower(type) as type from pragma_table_info(${table})
      where "notnull" = 1 and dflt_value is null or pk = 1`.execute(db)
    const values = columns.map(({ name, type }) => (type === 'text' ? `the ${name}` : 1))
    await sql`insert into ${sql.table(table)} (${sql.join(columns.map(({ name }) => sql.ref(name)))})
      values (${sql.join(values)})`.execute(db)
  }
  await migrate(db, names.slice(0, own + 1))
  expect((await sql`select hash, login from sessions`.execute(db)).rows).toEqual([
    { hash: 'the hash', login: 'the hash' },
  ])
  expect((await sql`select queued_by, queued_as, by_one_factor from jobs`.execute(db)).rows).toEqual([
    { queued_by: null, queued_as: null, by_one_factor: 0 },
  ])
  await db.destroy()
})

interface Column {
  readonly name: string
  readonly type: string
}
