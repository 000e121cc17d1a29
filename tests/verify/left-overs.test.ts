/** What becomes of the people of a trial that was killed, and of whoever looks like them? */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { type OpenDatabase, openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import { createTrials } from '../../sidecar/src/store/sql/trials.ts'
import type { Store } from '../../sidecar/src/store/store.ts'
import { gatehouse, startGatehouse, startUp, type Up } from '../cli/gatehouse.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { until } from '../support/person.ts'

let directory: string
let config: string
let practice: PracticeComfyui
let database: OpenDatabase
let store: Store
let up: Up
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-left-over-'))
  config = join(directory, 'gatehouse.yaml')
  practice = await startPracticeComfyui()
  writeFileSync(config, `comfyui:\n  url: ${practice.url}\n`)
  database = await openDatabase(join(directory, 'data'))
  store = createStore({ db: database.db })
  up = await begins()
})
afterEach(async () => {
  await up[Symbol.asyncDispose]()
  await database.close()
  await practice.close()
  rmSync(directory, { recursive: true, force: true })
})

const common = () => ['--config', config, '--data', join(directory, 'data')]
const look = () => ['verify', '--url', up.address, ...common()]

async function begins(): Promise<Up> {
  const begun = await startUp(common(), { env: { HOME: directory } })
  await until(async () => ((await fetch(`${begun.address}/ready`)).status === 200 ? true : undefined))
  return begun
}

const names = async (): Promise<readonly string[]> => (await store.users.list()).map(({ name }) => name)
const trialCount = async () => (await createTrials(database.db).list()).length

/** Two people, one of whom waits for a job that does not run. */
async function isKilled(): Promise<void> {
  practice.hold()
  const running = startGatehouse(look(), { env: { HOME: directory } })
  await until(async () => {
    const waiting = await database.db
      .selectFrom('jobs')
      .select('id')
      .where('state', '=', 'in_progress')
      .executeTakeFirst()
    return waiting !== undefined && (await trialCount()) === 2 ? true : undefined
  }, 60_000)
  expect(await gatehouse(look(), { env: { HOME: directory } })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Another "gatehouse verify" is looking at this installation'),
  })
  expect(await trialCount()).toBe(2)
  running.process.kill('SIGKILL')
  await running.ended
  practice.release()
}

it('they are removed by the next trial, which says so, and by the next start', { timeout: 300_000 }, async () => {
  // As like them as a name, a role, a missing password and a label can be.
  const double = await store.users.add({ name: 'verify-0123456789ab-a', role: 'user', passwordHash: null })
  await isKilled()
  expect(await names()).toHaveLength(3)
  const told = await gatehouse(look(), { env: { HOME: directory } })
  expect(told.stdout).toMatch(/^weak {2}An earlier trial was ended before its time; the people it left behind \(2\)/m)
  expect(told.stdout).toContain(' 0 lie open,')
  expect(await names()).toEqual([double.name])

  await isKilled()
  await up[Symbol.asyncDispose]()
  up = await begins()
  expect(await names()).toEqual([double.name])
})

it('they keep their place while their own trial goes on', async () => {
  const trials = createTrials(database.db)
  const member = await trials.add({ name: 'verify-of-a-trial', worker: 'default' })
  expect(await trials.workerOf(member.tenantId)).toBe('default')
  const { id } = await store.users.add({ name: 'alice', role: 'user', passwordHash: null })
  expect(await trials.remove(id)).toBe(false)
  expect(await names()).toContain('alice')
  expect(await trials.remove(member.id)).toBe(false)
  expect(await names()).toEqual(['alice'])
  expect((await store.tenants.list()).map(({ label }) => label)).toEqual(['alice'])
  expect(await trials.list()).toEqual([])
})
