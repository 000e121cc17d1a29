/** What does a test stand on? A real sidecar in front of a practice ComfyUI, and the cast: two of Acme, one of Birch, an operator. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningSidecar, runSidecar } from '../../sidecar/src/cli/run-sidecar.ts'
import { type Config, loadConfig } from '../../sidecar/src/config/config.ts'
import { readEnvironment } from '../../sidecar/src/config/env.ts'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { shared } from '../../sidecar/src/policy/isolation.ts'
import { type Resource, type RouteKey, type RowDraft, row } from '../../sidecar/src/policy/row.ts'
import { words } from '../../sidecar/src/prompt/catalogue/vocabulary.ts'
import { resources } from '../../sidecar/src/routes/index.generated.ts'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import type { Member, Store } from '../../sidecar/src/store/store.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { everybody, isWorld } from '../without-walls/which-world.ts'
import { createPerson, type Person, type PersonOptions } from './person.ts'
import { borrowRealUpstream, wantsRealUpstream } from './real-upstream.ts'

export interface World extends AsyncDisposable {
  readonly practice: PracticeComfyui
  readonly address: string
  readonly dataDir: string
  /** The store of the running sidecar's directory, opened beside it as the command line does. */
  readonly store: Store
  /** Acme. */
  readonly alice: Person
  /** Acme, too. */
  readonly ann: Person
  /** Birch. */
  readonly bob: Person
  /** Owner of the installation, in a tenant of her own. */
  readonly olga: Person
  /** Nobody. */
  readonly mallory: Person
  /** Stops the sidecar and starts it again on the same directory and port. */
  restartSidecar(): Promise<void>
}

export interface WorldOptions {
  readonly config?: (config: Config, comfyui: Pick<PracticeComfyui, 'baseDirectory'>) => Config
  readonly frontendRoot?: string
  readonly guardSecret?: string
  /** A ComfyUI that runs already, instead of a practice one. */
  readonly comfyuiUrl?: string
  /** Of its supervisor. */
  readonly restartComfyui?: (reason: string) => void
  /** Another route table than the built-in one. */
  readonly resources?: readonly Resource[]
}

export const alicePassword = 'amber Lantern 4711'
export const bobPassword = 'birch Wagon 9083'

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-world-'))
  const practice = await startUpstream(options)
  const configure = options.config ?? ((config: Config): Config => config)
  const own = { ...options, config: (config: Config): Config => configure(config, practice) }
  const start = (port: number): Promise<RunningSidecar> =>
    startSidecar(own, dataDir, options.comfyuiUrl ?? practice.url, port)
  let sidecar = await start(0)
  const port = sidecar.listening[0]?.port ?? 0
  const address = `http://127.0.0.1:${port}`
  const database = await openDatabase(dataDir)
  const store = createStore({ db: database.db })
  const cast = await enrol(store, address)
  return {
    practice,
    address,
    dataDir,
    store,
    ...cast,
    mallory: createPerson({ name: 'mallory', address, key: undefined }),
    restartSidecar: async () => {
      await sidecar.close()
      sidecar = await start(port)
    },
    [Symbol.asyncDispose]: async () => {
      await sidecar.close()
      await database.close()
      await practice.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function startUpstream({ frontendRoot, guardSecret, comfyuiUrl }: WorldOptions): Promise<PracticeComfyui> {
  const isPlain = frontendRoot === undefined && guardSecret === undefined && comfyuiUrl === undefined
  if (isPlain && wantsRealUpstream()) return borrowRealUpstream()
  return startPracticeComfyui({
    recordRequests: true,
    ...(frontendRoot === undefined ? {} : { frontendRoot }),
    ...(guardSecret === undefined ? {} : { guardSecret }),
  })
}

/** The cast uses keys, and waits for nothing. */
const unhurried = { key_prompts_per_minute: 100_000, key_prompt_burst: 100_000 }

/** For a world without walls: no limit on jobs and requests, and no files without what is written in them. */
function withoutFigures(config: Config): Config {
  const roles: Config['roles'] = { ...config.roles }
  for (const [name, role] of Object.entries(roles)) if (role) roles[name] = { ...role, strip_metadata: false }
  return { ...config, roles, limits: { ...config.limits, pending_jobs: 100_000, requests_in_flight: 100_000 } }
}

type SidecarOptions = WorldOptions & { readonly config: (config: Config) => Config }

function startSidecar(
  options: SidecarOptions,
  dataDir: string,
  comfyui: string,
  port: number,
): Promise<RunningSidecar> {
  const base = loadConfig(readEnvironment({}), { data: dataDir, comfyui, listen: `127.0.0.1:${port}` })
  const quiet: Config = { ...base, limits: { ...base.limits, ...unhurried }, log: { level: 'silent' } }
  const config = options.config(quiet)
  return runSidecar({
    config: isWorld('nothing is judged') ? withoutFigures(config) : config,
    environment: readEnvironment({}),
    guardSecret: options.guardSecret,
    restartComfyui: options.restartComfyui,
    tls: undefined,
    say: () => undefined,
    ...(isWorld('every row is a plain pass') ? { resources: plainPasses() } : {}),
    ...(options.resources === undefined ? {} : { resources: options.resources }),
  })
}

type Cast = Pick<World, 'alice' | 'ann' | 'bob' | 'olga'>

/** Makes the cast known to the sidecar whose store this is. */
export async function enrol(store: Store, address: string): Promise<Cast> {
  const passwords = createPasswords()
  const person = async (
    name: string,
    role: 'owner' | 'user',
    tenantName: string,
    password?: string,
  ): Promise<Person> => {
    const passwordHash = password === undefined ? null : await passwords.hash(password)
    const member = await store.users.add({ name, role, passwordHash, tenantName })
    return personWithKey(store, { name, address, folderKey: member.tenant.folderKey }, member)
  }
  const alice = await person('alice', 'user', 'acme', alicePassword)
  everybody.key = alice.key
  if (isWorld('everybody is alice')) return { ...(await aliceUnderOtherNames(store, address)), alice }
  return {
    alice,
    ann: await person('ann', 'user', 'acme'),
    bob: await person('bob', 'user', 'birch', bobPassword),
    olga: await person('olga', 'owner', 'operators'),
  }
}

/** Gives a member of the store a key, and acts with it. */
export async function personWithKey(store: Store, person: Omit<PersonOptions, 'key'>, member: Member): Promise<Person> {
  const minted = mintApiKey()
  await store.apiKeys.add({
    id: minted.id,
    userId: member.id,
    label: 'test',
    secretHash: minted.secretHash,
    expiresAtMs: null,
  })
  return createPerson({ ...person, key: minted.key })
}

/** Every row passes on to ComfyUI what it gets, as a proxy with a login does; only what brings files and prompts in stays. */
function plainPasses(): readonly Resource[] {
  const query = words(`
    filename type subfolder preview channel dir path recurse full_info split overwrite max_items offset
    status sort_by sort_order limit workflow_id client_id
  `)
  const pass: RowDraft = row('ui:open', shared('a mutant', { query, withBody: true }))
  const bare: RowDraft = row('ui:open', shared('a mutant', { query }))
  return resources.map((resource: Resource): Resource => {
    const rows = Object.entries(resource.table).map(([key, draft]): [RouteKey, RowDraft] => [
      parseRouteKey(key),
      bringsIn.has(draft.isolation.verb) ? draft : { ...(key.startsWith('GET') ? bare : pass), at: draft.at },
    ])
    return { ...resource, table: Object.fromEntries(rows) }
  })
}

const bringsIn: ReadonlySet<string> = new Set(['joined', 'uploaded', 'created'])

function parseRouteKey(key: string): RouteKey {
  return key as RouteKey
}

async function aliceUnderOtherNames(store: Store, address: string): Promise<Omit<Cast, 'alice'>> {
  const alice = await store.users.findByName('alice')
  if (alice === undefined) throw new Error('alice is not there')
  // A key that is nobody's: what should have gone to bob's folder does not.
  const folderKey = 'k'.repeat(alice.tenant.folderKey.length)
  const named = (name: string): Promise<Person> => personWithKey(store, { name, address, folderKey }, alice)
  return { ann: await named('ann'), bob: await named('bob'), olga: await named('olga') }
}
