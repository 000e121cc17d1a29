import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeSqliteDialect, openSqlite } from './node-sqlite-dialect.ts'

interface Notes {
  notes: { id: string; text: string | null }
}

let directory: string
let db: Kysely<Notes>
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-dialect-'))
  db = open()
  await sql`create table notes (id text primary key, text text)`.execute(db)
})
afterEach(async () => {
  await db.destroy()
  rmSync(directory, { recursive: true, force: true })
})

function open(): Kysely<Notes> {
  return new Kysely<Notes>({ dialect: nodeSqliteDialect(openSqlite(join(directory, 'notes.sqlite'))) })
}

describe('the SQLite dialect', () => {
  it('tells a full disk from other failures and keeps what was there', async () => {
    await db.insertInto('notes').values({ id: 'first', text: null }).execute()
    await sql`pragma max_page_count = 3`.execute(db)
    const big = db.insertInto('notes').values({ id: 'big', text: 'x'.repeat(100_000) })
    await expect(big.execute()).rejects.toMatchObject({ code: 'storage_full' })
    expect(await db.selectFrom('notes').select('id').execute()).toEqual([{ id: 'first' }])
    await expect(db.insertInto('notes').values({ id: 'first', text: null }).execute()).rejects.toThrow(/UNIQUE/)
  })

  it('takes the write lock when a transaction begins, not at its first write', async () => {
    const other = open()
    await sql`pragma busy_timeout = 0`.execute(other)
    await db.transaction().execute(async (trx) => {
      await trx.selectFrom('notes').selectAll().execute()
      const write = other.insertInto('notes').values({ id: 'late', text: null }).execute()
      await expect(write).rejects.toMatchObject({ code: 'store_unavailable' })
    })
    await other.destroy()
  })

  it('rolls a failed schema change back', async () => {
    const change = db.transaction().execute(async (trx) => {
      await sql`alter table notes add column extra text`.execute(trx)
      throw new Error('half way')
    })
    await expect(change).rejects.toThrow('half way')
    const { rows } = await sql<{ name: string }>`select name from pragma_table_info('notes')`.execute(db)
    expect(rows.map(({ name }) => name)).toEqual(['id', 'text'])
  })

  it('says that schema changes are transactional, so that a migration is whole or absent', () => {
    expect(db.getExecutor().adapter.supportsTransactionalDdl).toBe(true)
  })
})
