/** What ends when a credential ends, although the store cannot say so at first? */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { createLiveConfig } from '../config/live-config.ts'
import { fixedKeyName } from '../store/ended-credentials.ts'
import { followRights } from './follow-rights.ts'

let folder: string
beforeEach(() => {
  vi.useFakeTimers()
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-rights-'))
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

function parseFake(value: unknown): never {
  return value as never
}

it('jobs of a fixed key that was replaced end once its end is written down, at whichever try', async () => {
  const config = join(folder, 'gatehouse.yaml')
  writeFileSync(config, stringify({ auth: { static_keys: [{ name: 'farm', user: 'alice', env: 'FARM_KEY' }] } }))
  const live = createLiveConfig(loadConfig(readEnvironment({}), { config, data: folder }))
  const ends = new Map<string, object>()
  const stops: unknown[] = []
  let isThere = false
  const job = {
    userId: 'alice',
    queuedBy: fixedKeyName('farm'),
    queuedAs: 'user',
    isByOneFactor: false,
    createdAtMs: 1,
  }
  const rights = followRights({
    ...{ live, feed: parseFake({ subscribe: () => () => undefined }), log: { warn: () => undefined } },
    hub: { close: () => undefined },
    store: parseFake({
      users: { findById: async () => ({ state: 'active', role: 'user' }) },
      sessions: { list: async () => [] },
      endedCredentials: {
        find: async (name: string) => ends.get(name),
        add: async (name: string) => {
          if (!isThere) throw new Error('the disk is full')
          ends.set(name, { atMs: 2, jobs: 'cancel' })
        },
      },
    }),
    ledgers: [{ stopJobs: async (judge) => void stops.push(await judge(parseFake(job))) }],
  })
  rights.ended('farm')
  await vi.advanceTimersByTimeAsync(0)
  expect(stops.at(-1)).toBeUndefined()
  isThere = true
  await vi.advanceTimersByTimeAsync(1_000)
  expect(stops.at(-1)).toMatchObject({ sparesRunning: false })
  rights.stop()
})
