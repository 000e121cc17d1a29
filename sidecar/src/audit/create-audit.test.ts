import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UserId } from '@gatehouse/shared/ids'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createStore } from '../store/sql/create-store.ts'
import { type OpenDatabase, openDatabase } from '../store/sql/open-database.ts'
import type { Store } from '../store/store.ts'
import type { AuditEntry } from './audit.ts'
import { type AuditLimits, createAudit, prune, type RunningAudit } from './create-audit.ts'

let dataDir: string
let database: OpenDatabase
let store: Store
let audit: RunningAudit
let recorded: AuditEntry[]
let failures: unknown[]
let nowMs: number

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-audit-'))
  database = await openDatabase(dataDir)
  store = createStore({ db: database.db })
  recorded = []
  failures = []
  nowMs = Date.parse('2026-01-01T00:00:00Z')
  audit = createAudit({
    store: store.audit,
    now: () => nowMs,
    limits: () => ({ keepMs: 1_000, keepAtLeastMs: 0, keepCount: 10_000 }),
    recorded: (entry) => recorded.push(entry),
    failed: (error) => failures.push(error),
  })
})
afterEach(async () => {
  await audit.close()
  await database.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const breakStore = () => sql`alter table audit_events rename to away`.execute(database.db)
const mendStore = () => sql`alter table away rename to audit_events`.execute(database.db)
const record = (name: string) => audit.record({ kind: 'user.created', target: name })
const targets = async () => (await store.audit.page({ from: { after: 0 }, limit: 10_000 })).map(({ target }) => target)

it('writes events in the order in which they were recorded, also while it writes', async () => {
  const names = Array.from({ length: 250 }, (_, index) => `user${index}`)
  for (const name of names.slice(0, 200)) record(name)
  await new Promise((resolve) => setImmediate(resolve))
  for (const name of names.slice(200)) record(name)
  await audit.flush()
  expect(await targets()).toEqual(names)
  expect(recorded).toHaveLength(250)
})

describe('while the store fails', () => {
  it('says so once, keeps what is recorded, and writes it in order when that works again', async () => {
    record('before')
    await audit.flush()
    await breakStore()
    record('first')
    record('second')
    await audit.flush()
    expect(audit.isWritable()).toBe(false)
    record('third')
    await audit.flush()
    expect(failures).toHaveLength(1)
    await mendStore()
    await audit.flush()
    expect(audit.isWritable()).toBe(true)
    expect(await targets()).toEqual(['before', 'first', 'second', 'third'])
  })

  it('counts what it cannot keep, and says how many that were', async () => {
    await breakStore()
    for (let index = 0; index < 5_020; index += 1) record('x')
    expect(audit.isWritable()).toBe(false)
    await audit.flush()
    await mendStore()
    await audit.flush()
    const rows = await store.audit.page({ from: { after: 0 }, limit: 10_000 })
    expect(rows).toHaveLength(5_001)
    expect(JSON.parse(rows.find(({ kind }) => kind === 'audit.lost')?.event ?? '')).toMatchObject({
      detail: { count: 20 },
    })
  })
})

describe('housekeeping', () => {
  const dayMs = 24 * 60 * 60_000
  const year = { keepMs: 365 * dayMs, keepAtLeastMs: 30 * dayMs, keepCount: 100 }
  const tidy = async (limits: AuditLimits) => {
    await prune({ store: store.audit, now: () => nowMs, limits: () => limits }, audit.record)
    await audit.flush()
  }
  const recordMany = async (prefix: string, count: number) => {
    for (let index = 0; index < count; index += 1) record(`${prefix}${index}`)
    await audit.flush()
  }

  it('forgets what is older than it keeps, and writes that down', async () => {
    await recordMany('old', 1)
    nowMs += 2_000
    await recordMany('young', 1)
    await tidy({ keepMs: 1_000, keepAtLeastMs: 0, keepCount: 100 })
    expect(await targets()).toEqual(['young0', null])
  })

  it('forgets nothing young for its number, however many events come after it', async () => {
    await recordMany('yesterday', 1)
    nowMs += dayMs
    await recordMany('flood', 500)
    await tidy(year)
    expect(await targets()).toHaveLength(501)
    expect((await targets())[0]).toBe('yesterday0')
  })

  it('forgets the oldest beyond the number once they are old enough, and none that are not', async () => {
    await recordMany('old', 300)
    nowMs += 31 * dayMs
    await recordMany('young', 50)
    await tidy(year)
    expect(await targets()).toEqual([...named('old', 250, 300), ...named('young', 0, 50), null])
    await recordMany('more', 200)
    await tidy(year)
    expect((await targets()).slice(0, 50)).toEqual(named('young', 0, 50))
  })

  const named = (prefix: string, from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => `${prefix}${from + index}`)
})

it('tells of what was only counted when it ends', async () => {
  const actor = { id: parseUserId('u1'), name: 'insider' }
  for (let index = 0; index < 100; index += 1) audit.record({ kind: 'login.succeeded', actor, address: '192.0.2.1' })
  await audit.close()
  const rows = await store.audit.page({ from: { after: 0 }, limit: 1_000, kind: 'login.succeeded' })
  expect(rows).toHaveLength(11)
  expect(JSON.parse(rows.at(-1)?.event ?? '')).toMatchObject({ actor: { name: 'insider' }, detail: { repeated: 90 } })
})

function parseUserId(text: string): UserId {
  return text as UserId
}
