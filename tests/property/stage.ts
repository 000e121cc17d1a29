/** What do the stories stand on? One practice ComfyUI that is held, one real sidecar, and a new cast for every run. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runSidecar } from '../../sidecar/src/cli/run-sidecar.ts'
import { type Config, loadConfig } from '../../sidecar/src/config/config.ts'
import { readEnvironment } from '../../sidecar/src/config/env.ts'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import type { Resource } from '../../sidecar/src/policy/row.ts'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { createFileStore } from '../../sidecar/src/store/sql/files.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import type { Store } from '../../sidecar/src/store/store.ts'
import { type SteppedComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { createPerson, until } from '../support/person.ts'
import { type Actor, cast, type Name } from './actor.ts'
import { admitted, extraClasses, modelName } from './extra-classes.ts'
import { createFileTimes, type PlainName } from './file-times.ts'
import { forgetTime, hubIsIdle, hubWork } from './stepped-time.ts'

export interface Stage extends AsyncDisposable {
  readonly practice: SteppedComfyui
  readonly address: string
  /** New people in new tenants; everybody of the cast, whether they act or not. */
  enrol(names: readonly Name[]): Promise<ReadonlyMap<Name, Actor>>
  /** Until nothing moves: the worker is held or idle, and the hub has told what it heard. */
  still(): Promise<void>
  /** What was written since the last call is later than everything before it. */
  timeFiles(plain: PlainName): void
}

export async function createStage(options: { readonly resources?: readonly Resource[] } = {}): Promise<Stage> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-property-'))
  const practice = await startPracticeComfyui({ added: extraClasses, keepsCaches: true })
  const models = join(practice.baseDirectory, 'models', 'upscale_models')
  mkdirSync(models, { recursive: true })
  writeFileSync(join(models, modelName), '')
  const sidecar = await runSidecar({
    config: configFor(dataDir, practice),
    environment: readEnvironment({}),
    guardSecret: undefined,
    tls: undefined,
    say: () => undefined,
    ...(options.resources === undefined ? {} : { resources: options.resources }),
  })
  const address = `http://127.0.0.1:${sidecar.listening[0]?.port ?? 0}`
  const database = await openDatabase(dataDir)
  const store = createStore({ db: database.db })
  const files = createFileStore(database.db)
  await hasHeardComfyui(store, address)
  practice.hold()
  let runCount = 0
  const still = async (): Promise<void> => {
    for (let before = -1; before !== hubWork(); ) {
      before = hubWork()
      await practice.steps.still()
      await hubIsIdle()
    }
  }
  return {
    practice,
    address,
    still,
    timeFiles: createFileTimes(['input', 'output', 'temp'].map((name) => join(practice.baseDirectory, name))),
    enrol: async (names) => {
      runCount += 1
      // Its temp folder was emptied without a restart: names of five random letters come again after some thousand runs.
      await files.dropTempClaims()
      const actors = new Map<Name, Actor>()
      for (const name of names) actors.set(name, await enrolOne(store, name, runCount))
      return actors
    },
    [Symbol.asyncDispose]: async () => {
      practice.release()
      await sidecar.close()
      await database.close()
      await practice.close()
      forgetTime()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Until ComfyUI has told the sidecar what it can do, a greeting says less: of the start, and of nobody else. */
async function hasHeardComfyui(store: Store, address: string): Promise<void> {
  const { key } = await enrolOne(store, 'alice', 0)
  const first = createPerson({ name: 'first', address, key })
  await until(async () => {
    using ear = await first.listens('first')
    ear.socket.send(JSON.stringify({ type: 'feature_flags', data: {} }))
    const { data } = await ear.hears(({ type }) => type === 'feature_flags')
    return 'node_replacements' in data ? true : undefined
  })
}

/** Lets the job that runs run out. */
export async function advance(stage: Stage): Promise<void> {
  const { steps } = stage.practice
  const [before] = steps.jobs().running
  steps.letThrough()
  await stage.still()
  if (before !== undefined && steps.jobs().running[0] === before) throw new Error('the worker is dead')
}

function configFor(dataDir: string, { url, baseDirectory }: SteppedComfyui): Config {
  const base = loadConfig(readEnvironment({}), { data: dataDir, comfyui: url, listen: '127.0.0.1:0' })
  // A story is told faster than anybody works; rates have tests of their own.
  const limits = { ...base.limits, key_prompts_per_minute: 100_000, key_prompt_burst: 100_000 }
  const files = {
    input_dir: join(baseDirectory, 'input'),
    output_dir: join(baseDirectory, 'output'),
    temp_dir: join(baseDirectory, 'temp'),
  }
  return { ...base, limits, files, nodes: { ...base.nodes, admit: [...admitted] }, log: { level: 'silent' } }
}

// Of one length in every run, so that nothing is longer or shorter for their names.
async function enrolOne(store: Store, name: Name, run: number): Promise<Actor> {
  const suffix = String(run).padStart(6, '0')
  const userName = `${name}-${suffix}`
  const tenantName = `${cast[name]}-${suffix}`
  const member = await store.users.add({ name: userName, role: 'user', passwordHash: null, tenantName })
  const { id, key, secretHash } = mintApiKey()
  await store.apiKeys.add({ id, userId: member.id, label: 'a story', secretHash, expiresAtMs: null })
  return { name, userName, tenantName, key, keyId: id, folderKey: member.tenant.folderKey, jobs: [], sockets: [] }
}
