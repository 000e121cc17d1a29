import type { TenantId, UserId } from '@gatehouse/shared/ids'
import { Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { beforeEach, describe, expect, it } from 'vitest'
import type { NewPublishedWorkflow } from '../published-workflows.ts'
import { migrations } from './migrations/index.ts'
import { nodeSqliteDialect, openSqlite } from './node-sqlite-dialect.ts'
import { createPublishedWorkflows } from './published-workflows.ts'
import type { Database } from './schema.ts'

const id = <Id extends string>(text: string): Id => text as Id
const acme = id<TenantId>('acme')
const birch = id<TenantId>('birch')

const portrait: NewPublishedWorkflow = {
  tenantId: acme,
  name: 'portrait',
  publisherId: id<UserId>('alice'),
  prompt: '{"1":{"class_type":"X","inputs":{"seed":18446744073709551615}}}',
  open: [{ node: '1', input: 'seed' }],
  workflow: null,
}

let db: Kysely<Database>
let workflows: ReturnType<typeof createPublishedWorkflows>
beforeEach(async () => {
  db = new Kysely<Database>({ dialect: nodeSqliteDialect(openSqlite(':memory:')) })
  await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest()
  workflows = createPublishedWorkflows({ db, now: () => 7 })
})

describe('published workflows', () => {
  it('are seen by their tenant, and everybody sees those for everybody', async () => {
    const own = await workflows.add(portrait)
    await workflows.add({ ...portrait, tenantId: undefined, name: 'everybodys' })
    expect(own).toMatchObject({ ...portrait, createdAtMs: 7 })
    expect(await workflows.visibleTo(acme)).toEqual([own, expect.objectContaining({ name: 'everybodys' })])
    expect((await workflows.visibleTo(birch)).map(({ name, tenantId }) => [name, tenantId])).toEqual([
      ['everybodys', undefined],
    ])
    expect([await workflows.count(acme), await workflows.count(undefined), await workflows.count(birch)]).toEqual([
      1, 1, 0,
    ])
  })

  it('are listed whole for the operator, by name', async () => {
    const everybodys = await workflows.add({ ...portrait, tenantId: undefined })
    const [zebra, own] = [
      await workflows.add({ ...portrait, tenantId: birch, name: 'zebra' }),
      await workflows.add(portrait),
    ]
    expect(await workflows.list()).toEqual([everybodys, own, zebra])
  })

  it('have one name each in their place', async () => {
    await workflows.add(portrait)
    await expect(workflows.add(portrait)).rejects.toMatchObject({ code: 'name_taken' })
    await workflows.add({ ...portrait, tenantId: birch })
    expect(await workflows.remove({ tenantId: undefined, name: 'portrait' })).toBe(false)
    expect(await workflows.remove(portrait)).toBe(true)
    expect(await workflows.remove(portrait)).toBe(false)
    expect((await workflows.visibleTo(birch)).length).toBe(1)
  })

  it('have another id when they are published again', async () => {
    const first = await workflows.add(portrait)
    await workflows.remove(portrait)
    expect((await workflows.add(portrait)).id).not.toBe(first.id)
  })

  it('open nothing where the list is damaged', async () => {
    await workflows.add(portrait)
    for (const damaged of ['nonsense', '{}', '[["1"],[1,2],null]']) {
      await sql`update published_workflows set open_inputs = ${damaged}`.execute(db)
      expect((await workflows.visibleTo(acme))[0]?.open).toEqual([])
    }
  })
})
