import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SealKey } from '../store/audit-chain.ts'
import type { AuditStore, NewAuditEvent } from '../store/audit-store.ts'
import { createStore } from '../store/sql/create-store.ts'
import { databaseFileName, type OpenDatabase, openDatabase } from '../store/sql/open-database.ts'
import type { Store } from '../store/store.ts'
import { verifyChain } from './verify-chain.ts'

const at = Date.parse('2026-01-01T00:00:00.000Z')
const event = (minute: number, target = 'bob'): NewAuditEvent => ({
  atMs: at + minute * 60_000,
  kind: 'user.changed',
  target,
  address: '192.0.2.1',
  detail: { role: 'admin' },
})

let dataDir: string
let database: OpenDatabase
let store: Store
let file: DatabaseSync

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-chain-'))
  database = await openDatabase(dataDir)
  store = createStore({ db: database.db })
  file = new DatabaseSync(join(dataDir, databaseFileName))
})
afterEach(async () => {
  file.close()
  await database.close()
  rmSync(dataDir, { recursive: true, force: true })
})

async function verify(audit: AuditStore = store.audit, anchors: Parameters<typeof verifyChain>[2] = []) {
  const keys = await store.secrets.load('audit')
  return verifyChain(audit, { all: keys, trusted: keys }, anchors)
}

async function writeFive(): Promise<void> {
  await store.audit.append([event(1), event(2)])
  await store.audit.append([event(3), event(4), event(5)])
}

it('a list that nobody touched is right from its first to its last event', async () => {
  await writeFive()
  const [last] = await store.audit.page({ from: { before: undefined }, limit: 1 })
  expect(await verify()).toEqual({
    count: 5,
    start: { seq: 0, hash: '0'.repeat(64) },
    end: { seq: 5, hash: last?.hash },
    problem: undefined,
  })
})

describe('whoever edits the file is found out', () => {
  const edits: readonly (readonly [name: string, sql: string, seq: number])[] = [
    ['an event is rewritten', `update audit_events set event = replace(event, 'admin', 'guest') where seq = 3`, 3],
    ['a time is changed in its column', 'update audit_events set at_ms = at_ms + 1 where seq = 2', 2],
    ['an event is hidden under another kind', `update audit_events set kind = 'logout' where seq = 4`, 4],
    ['an event is hidden under another name', `update audit_events set target = 'ann' where seq = 4`, 4],
    ['an actor is added in the column', `update audit_events set actor_name = 'ann' where seq = 4`, 4],
    ['an event in the middle is deleted', 'delete from audit_events where seq = 3', 3],
    ['the first event is deleted', 'delete from audit_events where seq = 1', 1],
    ['the last event is deleted', 'delete from audit_events where seq = 5', 5],
    ['the end is cut off', 'delete from audit_events where seq >= 3', 3],
    ['every event is deleted', 'delete from audit_events', 1],
    ['everything is deleted', 'delete from audit_events; delete from audit_checkpoints', 1],
    ['the mark of the end is deleted', 'delete from audit_checkpoints', 1],
    [
      'two events change places',
      'update audit_events set seq = 0 where seq = 2; update audit_events set seq = 2 where seq = 3; update audit_events set seq = 3 where seq = 0',
      2,
    ],
    [
      'an event is copied to the end',
      'insert into audit_events select 6, at_ms, kind, actor_name, target, event, hash, key_id, seal from audit_events where seq = 5',
      6,
    ],
    [
      'the end is cut off and its mark moved',
      'delete from audit_events where seq = 5; update audit_checkpoints set seq = 4, hash = (select hash from audit_events where seq = 4), seal = (select seal from audit_events where seq = 4)',
      4,
    ],
    [
      'the beginning is cut off as if it had been forgotten',
      `insert into audit_checkpoints select 'start', seq, hash, key_id, seal from audit_events where seq = 2; delete from audit_events where seq <= 2`,
      2,
    ],
    ['a seal is not by a key of ours', `update audit_events set key_id = 'another' where seq = 4`, 4],
  ]
  it.each(edits)('%s', async (_name, sql, seq) => {
    await writeFive()
    expect((await verify()).problem).toBeUndefined()
    file.exec(sql)
    expect((await verify()).problem?.seq).toBe(seq)
  })

  it('also when the hashes behind the edited event are computed anew', async () => {
    await writeFive()
    const { chainHash } = await import('../store/audit-chain.ts')
    const rows = await store.audit.page({ from: { after: 0 }, limit: 9 })
    let end = { seq: 0, hash: '0'.repeat(64) }
    for (const row of rows) {
      const text = row.event.replace('admin', 'guest')
      end = { seq: row.seq, hash: chainHash(end, text) }
      file.prepare('update audit_events set event = ?, hash = ? where seq = ?').run(text, end.hash, row.seq)
    }
    file.prepare('update audit_checkpoints set hash = ?').run(end.hash)
    expect((await verify()).problem).toMatchObject({ seq: 1, what: expect.stringContaining('seal') })
  })
})

it('an older copy of the whole file is found out by an event that was noted elsewhere', async () => {
  await store.audit.append([event(1), event(2)])
  const [head] = file.prepare('select * from audit_checkpoints').all()
  await store.audit.append([event(3)])
  const noted = (await verify()).end
  file.exec('delete from audit_events where seq = 3')
  file.prepare('update audit_checkpoints set seq = ?, hash = ?, seal = ?').run(2, head?.hash ?? '', head?.seal ?? '')
  expect((await verify()).problem).toBeUndefined()
  expect((await verify(store.audit, [noted])).problem?.seq).toBe(3)
})

it('whoever holds the key of the database cannot forge under a key of the operator', async () => {
  const sealKey: SealKey = { id: 'file', value: 'a key that is not in the database' }
  const sealed = createStore({ db: database.db, auditKey: sealKey })
  await sealed.audit.append([event(1), event(2)])
  const own = await store.secrets.load('audit')
  const keys = { all: [sealKey, ...own], trusted: [sealKey] }
  expect((await verifyChain(store.audit, keys)).problem).toBeUndefined()
  // The thief writes on with what is in the file.
  await store.audit.append([event(3)])
  expect((await verifyChain(store.audit, keys)).problem?.what).toContain('not among the keys')
})

it('events that were sealed before the key was rotated stay provable', async () => {
  await store.audit.append([event(1)])
  await store.secrets.rotate('audit', 0)
  const [after] = await store.audit.append([event(2)])
  const keys = await store.secrets.load('audit')
  expect(after?.keyId).toBe(keys[0].id)
  expect(keys).toHaveLength(2)
  expect((await verify()).problem).toBeUndefined()
})

describe('forgetting old events', () => {
  const byAge = (beforeMs: number) => ({ beforeMs, youngFromMs: 0, keepCount: 100, limit: 100 })
  const none = { ...byAge(0), youngFromMs: Number.MAX_SAFE_INTEGER }

  it('keeps the rest provable, and says where it begins', async () => {
    await writeFive()
    expect(await store.audit.prune(byAge(at + 3 * 60_000))).toBe(2)
    expect(await verify()).toMatchObject({ count: 3, start: { seq: 2 }, end: { seq: 5 }, problem: undefined })
    await store.audit.append([event(6)])
    expect(await verify()).toMatchObject({ count: 4, problem: undefined })
  })

  it('goes by number, too, and in steps', async () => {
    await writeFive()
    const all = { ...none, keepCount: 1, limit: 3 }
    expect(await store.audit.prune(all)).toBe(3)
    expect(await store.audit.prune(all)).toBe(1)
    expect(await store.audit.prune(all)).toBe(0)
    expect(await verify()).toMatchObject({ count: 1, start: { seq: 4 } })
  })

  it('takes nothing for its number that is younger than a moment', async () => {
    await writeFive()
    const beyondOne = { ...none, youngFromMs: at + 3 * 60_000, keepCount: 1 }
    expect(await store.audit.prune(beyondOne)).toBe(2)
    expect(await store.audit.prune(beyondOne)).toBe(0)
    expect(await verify()).toMatchObject({ count: 3, start: { seq: 2 }, problem: undefined })
  })

  it('takes no younger event along when the clock was set back', async () => {
    await store.audit.append([event(9), event(1), event(10)])
    expect(await store.audit.prune(byAge(at + 5 * 60_000))).toBe(0)
  })

  it('covers nothing up: a gap stays a gap', async () => {
    await writeFive()
    file.exec('delete from audit_events where seq = 2')
    expect(await store.audit.prune(byAge(at + 3 * 60_000))).toBe(0)
    expect((await verify()).problem?.seq).toBe(2)
  })
})

it('names stay inside their quotes and on their line, in ASCII', async () => {
  const name = 'line\nbreak\u2028 \u202Eright-to-left \u001b[2J "quoted" \u{1F600}'
  const [row] = await store.audit.append([event(1, name)])
  expect(row?.event).toMatch(/^[\x20-\x7e]+$/)
  expect(JSON.parse(row?.event ?? '')).toMatchObject({ target: name })
  expect((await verify()).problem).toBeUndefined()
})
