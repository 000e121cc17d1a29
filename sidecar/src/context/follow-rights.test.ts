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
import { followRights, type RightsDependencies } from './follow-rights.ts'

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

/** Of a person who may run prompts; `add` writes down the end of a credential. */
function follow(parts: {
  readonly ledgers: RightsDependencies['ledgers']
  readonly add: (name: string) => Promise<void>
  readonly ends?: ReadonlyMap<string, object>
}) {
  const config = join(folder, 'gatehouse.yaml')
  writeFileSync(config, stringify({ auth: { static_keys: [{ name: 'farm', user: 'alice', env: 'FARM_KEY' }] } }))
  let tell: (event: unknown) => void = () => undefined
  const subscribe = (listener: typeof tell) => {
    tell = listener
    return () => undefined
  }
  const rights = followRights({
    live: createLiveConfig(loadConfig(readEnvironment({}), { config, data: folder })),
    ...{ feed: parseFake({ subscribe }), log: { warn: () => undefined }, ledgers: parts.ledgers },
    hub: { close: () => undefined },
    store: parseFake({
      users: { findById: async () => ({ state: 'active', role: 'user' }) },
      sessions: { list: async () => [] },
      endedCredentials: { find: async (name: string) => parts.ends?.get(name), add: parts.add },
    }),
  })
  return { rights, changed: (kind: string) => tell({ kind: 'changed', change: { kind, userId: 'alice' } }) }
}

it('jobs of a fixed key that was replaced end once its end is written down, at whichever try', async () => {
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
  const { rights } = follow({
    ends,
    add: async (name) => {
      if (!isThere) throw new Error('the disk is full')
      ends.set(name, { atMs: 2, jobs: 'cancel' })
    },
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

it('the end of a key is written down in both its names, whatever it is called and what else is under way', async () => {
  const written: string[] = []
  const { rights } = follow({ ledgers: [], add: async (name) => void written.push(name) })
  for (const name of ['jobs', 'impersonations']) rights.ended(name)
  await vi.advanceTimersByTimeAsync(0)
  expect(written.sort()).toEqual(['impersonations', 'jobs', 'static-key:impersonations', 'static-key:jobs'])
  rights.stop()
})

it('a ComfyUI that does not answer keeps nothing going on another one', async () => {
  const looks: string[] = []
  const silent = { stopJobs: () => new Promise<void>(() => undefined) }
  const { rights, changed } = follow({
    ledgers: [silent, { stopJobs: async () => void looks.push('look') }],
    add: async () => undefined,
  })
  await vi.advanceTimersByTimeAsync(0)
  expect(looks).toHaveLength(1)
  changed('session')
  await vi.advanceTimersByTimeAsync(0)
  expect(looks).toHaveLength(2)
  rights.stop()
})
