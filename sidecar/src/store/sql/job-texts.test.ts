import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FolderKey, JobId, TenantId, UpstreamPromptId, UserId } from '@gatehouse/shared/ids'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobFacts, JobStore, NewJob } from '../job-store.ts'
import { createJobStore } from './jobs.ts'
import { type OpenDatabase, openDatabase } from './open-database.ts'

let directory: string
let database: OpenDatabase
let store: JobStore
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-texts-'))
  database = await openDatabase(directory)
  store = createJobStore(database.db)
})
afterEach(async () => {
  await database.close()
  rmSync(directory, { recursive: true })
})

const tenantId = parseTenant('acme')
const id = parseId('job')

function parseTenant(text: string): TenantId {
  return text as TenantId
}

function parseId(text: string): JobId {
  return text as JobId
}

function parseJob(texts: Pick<NewJob, 'prompt' | 'extraData' | 'upstreamBody'>): NewJob {
  return {
    ...{ id, tenantId, userId: 'alice' as UserId, folderKey: 'key' as FolderKey, clientId: undefined },
    ...{
      number: '0',
      sortNumber: 0,
      outputsToExecute: '[]',
      workflowId: undefined,
      hadSecret: false,
      ...{ queuedBy: undefined, queuedAs: undefined, isByOneFactor: false },
      createdAtMs: 1,
    },
    ...{ upstreamId: 'up' as UpstreamPromptId, upstreamNumber: 1, upstreamFinish: 2 },
    ...texts,
  }
}

function textOf(length: number, word: string): string {
  return word.repeat(Math.ceil(length / word.length)).slice(0, length)
}

const small = { prompt: '{"1":{}}', extraData: '{}', upstreamBody: '{"prompt":{}}' }
const large = {
  prompt: textOf(3_000_000, 'a graph, '),
  extraData: textOf(1_200_000, 'a workflow, '),
  upstreamBody: textOf(2_600_000, 'what ComfyUI gets, '),
}

async function pieces(): Promise<readonly string[]> {
  const rows = await database.db.selectFrom('job_pieces').select('part').orderBy('part').execute()
  return [...new Set(rows.map(({ part }) => part))]
}

async function known(): Promise<JobFacts> {
  const job = await store.findByUpstreamId('up')
  if (job === undefined) throw new Error('the job is gone')
  return job
}

async function accepted(texts: typeof small): Promise<void> {
  await store.insert(parseJob(texts))
  await store.accept(id, undefined)
}

const result = { state: 'completed', reason: undefined, outputs: '{}', status: '{}', meta: '{}' } as const
const ended = { ...result, durationMs: 1, finishedAtMs: 2 }

describe('the texts of a job', () => {
  it.each([
    ['a few bytes', small],
    ['megabytes', large],
    ['as much as a row takes', { ...small, prompt: textOf(65_536, 'x') }],
    ['one character more', { ...small, prompt: textOf(65_537, 'x') }],
    ['a whole piece', { ...small, prompt: textOf(524_288, 'x') }],
    // Two units of UTF-16 each, so that an odd beginning puts one across the end of every piece.
    ['characters outside the first plane', { ...small, extraData: `x${'\u{1f600}'.repeat(700_000)}` }],
  ])('come back as they were: %s', async (_what, texts) => {
    await accepted(texts)
    const { prompt, extraData, upstreamBody } = texts
    expect(await store.find(tenantId, id)).toMatchObject({ prompt, extraData })
    expect(await store.active(tenantId)).toMatchObject([{ prompt, extraData }])
    expect((await store.upstreamBody(id)) === upstreamBody).toBe(true)
    expect((await store.extraData(id)) === extraData).toBe(true)
    await store.finish(id, ended)
    expect(await store.history(tenantId, { offset: 0, limit: undefined })).toMatchObject([{ prompt, extraData }])
  })

  it('are in the row alone when they are short', async () => {
    await accepted(small)
    expect(await pieces()).toEqual([])
  })

  it('are written with turns for others in between, and belong to their owner from the first on', async () => {
    let [turns, done] = [0, false]
    const seen: boolean[] = []
    const others = (async () => {
      for (; !done; turns++) {
        await nextTurn()
        seen.push((await store.findByUpstreamId('up')) !== undefined)
      }
    })()
    await store.insert(parseJob(large))
    done = true
    await others
    expect(turns).toBeGreaterThan(6)
    expect(seen.lastIndexOf(false)).toBeLessThanOrEqual(0)
    expect((await store.counts(tenantId)).submitting).toBe(1)
  })

  it.each<[string, readonly string[], () => Promise<unknown>]>([
    ['finished', ['extra_data', 'prompt'], () => store.finish(id, ended)],
    ['withdrawn', ['extra_data', 'prompt'], async () => store.withdraw(await known(), { nowMs: 1, watch: false })],
    ['discarded', [], async () => store.discard(await known(), undefined)],
    ['posted again', ['extra_data', 'prompt', 'upstream_body'], async () => store.repost(...again())],
  ])('leave no more behind than is needed of a job that is %s', async (_what, left, act) => {
    await accepted(large)
    await act()
    expect(await pieces()).toEqual(left)
    expect((await store.upstreamBody(id)) === undefined).toBe(!left.includes('upstream_body'))
  })

  it('go with the job that its owner forgets', async () => {
    await accepted(large)
    await store.finish(id, ended)
    await store.forget(tenantId, 'all')
    expect(await pieces()).toEqual([])
  })

  it('are not read by halves when their job is forgotten meanwhile', async () => {
    await accepted(large)
    await store.finish(id, ended)
    const found = store.find(tenantId, id)
    const listed = store.history(tenantId, { offset: 0, limit: undefined })
    await store.forget(tenantId, 'all')
    expect(await found).toBeUndefined()
    expect(await listed).toEqual([])
  })

  it.each([0, 4])('that cannot be written from piece %i on leave no job', async (place) => {
    // As a disk that is full: some pieces were on it before.
    const full = sql.lit(place)
    await sql`create trigger full_disk before insert on job_pieces when new.place >= ${full}
      begin select raise(abort, 'full'); end`.execute(database.db)
    await expect(store.insert(parseJob(large))).rejects.toThrow('full')
    expect(await store.findByUpstreamId('up')).toBeUndefined()
    expect(await pieces()).toEqual([])
  })
})

function again(): Parameters<JobStore['repost']> {
  const to = { upstreamId: 'up2' as UpstreamPromptId, upstreamNumber: 1, upstreamFinish: 2, attempt: 2 }
  return ['up' as UpstreamPromptId, { ...to, suspectedCount: 0 }, undefined]
}
