/** Does `gatehouse verify` find what lies open, and only that? */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { shared } from '../../sidecar/src/policy/isolation.ts'
import { type Resource, type RouteKey, row } from '../../sidecar/src/policy/row.ts'
import { resources } from '../../sidecar/src/routes/index.generated.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import { createTrials } from '../../sidecar/src/store/sql/trials.ts'
import type { Trials } from '../../sidecar/src/store/trial-store.ts'
import { leaveTraces } from '../../sidecar/src/verify/deeds.ts'
import type { Surroundings } from '../../sidecar/src/verify/door.ts'
import type { Finding } from '../../sidecar/src/verify/finding.ts'
import { createPair } from '../../sidecar/src/verify/throw-away.ts'
import { verify } from '../../sidecar/src/verify/verify.ts'
import { tryWalls } from '../../sidecar/src/verify/walls.ts'
import { gatehouse, startUp, type Up } from '../cli/gatehouse.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { until } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'

const quietPlace: Surroundings = {
  comfyuis: [{ url: new URL('http://127.0.0.1:8188'), openPorts: [] }],
  isShared: false,
  isPlainHttp: true,
  listensBeyondLoopback: false,
  dataDir: { path: '/data', isReadableByOthers: false },
  allowedEvents: [],
  sharedRoutes: [],
}

async function look(
  world: World,
  surroundings: Partial<Surroundings> = {},
  between: (trials: Trials) => Trials = (trials) => trials,
): Promise<readonly Finding[]> {
  const { db, close } = await openDatabase(world.dataDir)
  try {
    return await verify({
      store: world.store,
      trials: between(createTrials(db)),
      address: world.address,
      workers: ['default'],
      leftOut: undefined,
      surroundings: { ...quietPlace, ...surroundings },
      mayRun: () => false,
      now: Date.now,
    })
  } finally {
    await close()
  }
}

const thatAre = (verdict: Finding['verdict'], findings: readonly Finding[]): readonly string[] =>
  findings.filter((finding) => finding.verdict === verdict).map(({ check }) => check)

/** The route table with one row as a plain pass to ComfyUI. */
function without(key: RouteKey, query: readonly string[] = []): readonly Resource[] {
  return resources.map((resource: Resource): Resource => {
    const draft = resource.table[key]
    if (draft === undefined) return resource
    const pass = { ...row('ui:open', shared('a mutant', { query, withBody: true })), at: draft.at }
    return { ...resource, table: { ...resource.table, [key]: pass } }
  })
}

describe('a look at a running installation', () => {
  it('finds that every wall holds, and leaves nobody behind', async () => {
    await using world = await createWorld()
    const everybody = async () => [
      ...(await world.store.users.list()).map(({ name }) => name),
      ...(await world.store.tenants.list()).map(({ label }) => label),
    ]
    const before = await everybody()
    const findings = await look(world)
    expect(thatAre('open', findings)).toEqual([])
    expect(thatAre('unknown', findings)).toEqual([])
    expect(thatAre('holds', findings)).toEqual(
      expect.arrayContaining(['door', 'history', 'queue', 'jobs', 'files', 'workflows', 'graphs', 'events', 'inputs']),
    )
    // The first one's tenant stays, for the files that nobody could delete.
    expect((await everybody()).filter((name) => !/^verify-[0-9a-f]{12}-a$/.test(name))).toEqual(before)
    expect(thatAre('weak', findings)).toContain('clean-up')
  })

  it.each([
    ['GET /history', 'history'],
    ['GET /jobs', 'jobs'],
  ] as const)('finds that %s is a plain pass', async (key, check) => {
    await using world = await createWorld({ resources: without(key, ['max_items', 'status']) })
    expect(thatAre('open', await look(world))).toContain(check)
  })

  it('finds every wall open between two who are one tenant', async () => {
    await using world = await createWorld()
    const { users } = world.store
    const inOneTenant = (trials: Trials): Trials => ({
      ...trials,
      add: ({ name }) => users.add({ name, role: 'user', passwordHash: null, tenantName: 'the same' }),
    })
    expect(thatAre('open', await look(world, {}, inOneTenant))).toEqual(
      expect.arrayContaining([
        ...['history', 'jobs', 'files', 'workflows'],
        ...['jobs by id', 'history by id', 'inputs', 'outputs', 'previews', 'workflows by name'],
        ...['interference', 'graphs'],
      ]),
    )
  })

  it('finds that the other heard a job', async () => {
    await using world = await createWorld()
    const { db, close } = await openDatabase(world.dataDir)
    onTestFinished(close)
    const { store, address } = world
    await using pair = await createPair({ store, trials: createTrials(db), address, now: Date.now }, 'default')
    const deeds = await leaveTraces(pair)
    const findings = await tryWalls(pair, { ...deeds, heardByOther: `{"prompt_id":"${deeds.jobId}"}` })
    expect(thatAre('open', findings)).toEqual(['events'])
  })

  it('says what lies beside the door', async () => {
    await using world = await createWorld()
    const findings = await look(world, {
      comfyuis: [
        { url: new URL('http://127.0.0.1:8188'), openPorts: [] },
        { url: new URL('http://192.0.2.7:8188'), openPorts: [{ address: '192.0.2.7:8188', isExposed: true }] },
      ],
      listensBeyondLoopback: true,
      dataDir: { path: '/data', isReadableByOthers: true },
      allowedEvents: ['pack-event'],
      sharedRoutes: ['GET /pysssss/view'],
    })
    expect(thatAre('open', findings)).toEqual(['ports', 'data'])
    expect(thatAre('weak', findings)).toEqual(expect.arrayContaining(['transport', 'events', 'routes']))
  })

  it('does not claim walls where one world is shared', async () => {
    await using world = await createWorld({ config: (config) => ({ ...config, tenancy: { mode: 'shared' } }) })
    const findings = await look(world, { isShared: true })
    expect(thatAre('unknown', findings)).toEqual(['walls'])
    expect(thatAre('weak', findings)).toContain('tenancy')
  })
})

describe('gatehouse verify', () => {
  let directory: string
  let practice: PracticeComfyui
  let up: Up
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-verify-'))
    practice = await startPracticeComfyui()
    up = await startUp(['--data', directory, '--comfyui', practice.url], { env: { HOME: directory } })
    await until(async () => ((await fetch(`${up.address}/ready`)).status === 200 ? true : undefined))
  })
  afterAll(async () => {
    await up[Symbol.asyncDispose]()
    await practice.close()
    rmSync(directory, { recursive: true, force: true })
  })
  const run = (...args: readonly string[]) =>
    gatehouse(['verify', '--data', directory, ...args], {
      env: { HOME: directory, COMFYUI_URL: practice.url },
    })

  it('says in sentences what holds, and that ComfyUI answers everybody on this machine', async () => {
    const { code, stdout } = await run('--url', up.address)
    expect(stdout).toContain('A stranger got nothing but the login page.')
    expect(stdout).toMatch(/^weak {2}Every program and person on this machine reaches ComfyUI/m)
    expect(stdout).toMatch(/^\d+ hold, 0 lie open, \d+ weaken it, 0 could not be tried\.$/m)
    expect(code).toBe(0)
  })

  it('says it to programs, too', async () => {
    const { code, stdout } = await run('--url', up.address, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual(
      expect.arrayContaining([expect.objectContaining({ check: 'door', verdict: 'holds' })]),
    )
  })

  it.each([
    [['--url', 'http://127.0.0.1:1'], 'Nothing answers at http://127.0.0.1:1'],
    [['--url', 'nonsense'], 'Write --url as an address'],
  ])('refuses %j with a sentence', async (args, sentence) => {
    const { code, stderr } = await run(...args)
    expect(code).toBe(2)
    expect(stderr).toContain(sentence)
  })
})
