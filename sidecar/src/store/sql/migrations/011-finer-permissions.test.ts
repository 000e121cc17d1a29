import { type Permission, parsePermission } from '@gatehouse/shared/roles'
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
const own = names.indexOf('011-finer-permissions')

it('leaves a limited key what it could do, and gives no other one anything', async () => {
  const db = new Kysely<unknown>({ dialect: nodeSqliteDialect(openSqlite(':memory:')) })
  await migrate(db, names.slice(0, own))
  await sql`pragma foreign_keys = off`.execute(db)
  const before: Readonly<Record<string, string | null>> = {
    runner: '["prompt:run","output:read"]',
    writer: '["workflow:read","workflow:write"]',
    manager: '["manager:use"]',
    reader: '["output:read","workflow:read"]',
    nothing: '[]',
    whole: null,
  }
  for (const [id, scopes] of Object.entries(before)) {
    await sql`insert into api_keys (id, user_id, label, secret_hash, created_at_ms, scopes)
      values (${id}, 'alice', '', '', 0, ${scopes})`.execute(db)
  }
  await migrate(db, names.slice(0, own + 1))
  const { rows } = await sql<{ id: string; scopes: string | null }>`select id, scopes from api_keys`.execute(db)
  const after = new Map(rows.map(({ id, scopes }) => [id, scopes === null ? null : JSON.parse(scopes)]))
  expect(Object.fromEntries(after)).toEqual({
    runner: ['prompt:run', 'graph:edit', 'output:read'],
    writer: ['workflow:read', 'workflow:save', 'workflow:overwrite', 'workflow:delete'],
    manager: ['manager:read', 'manager:install', 'manager:restart'],
    reader: ['output:read', 'workflow:read'],
    nothing: [],
    whole: null,
  })
  const all: readonly string[] = [...after.values()].flat().filter((name) => name !== null)
  expect(all.map((name): Permission | undefined => parsePermission(name))).toEqual(all)
  await db.destroy()
})
