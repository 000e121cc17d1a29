/** What does a test stand on? A real sidecar in front of a practice ComfyUI, and the cast: two of Acme, one of Birch, an operator. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningSidecar, runSidecar } from '../../sidecar/src/cli/run-sidecar.ts'
import { type Config, loadConfig } from '../../sidecar/src/config/config.ts'
import { readEnvironment } from '../../sidecar/src/config/env.ts'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import type { Resource } from '../../sidecar/src/policy/row.ts'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import type { Store } from '../../sidecar/src/store/store.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { createPerson, type Person } from './person.ts'

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
  readonly config?: (config: Config) => Config
  readonly frontendRoot?: string
  readonly guardSecret?: string
  /** A ComfyUI that runs already, instead of a practice one. */
  readonly comfyuiUrl?: string
  /** Another route table than the built-in one. */
  readonly resources?: readonly Resource[]
}

export const alicePassword = 'amber Lantern 4711'
export const bobPassword = 'birch Wagon 9083'

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-world-'))
  const practice = await startPracticeComfyui({
    recordRequests: true,
    ...(options.frontendRoot === undefined ? {} : { frontendRoot: options.frontendRoot }),
    ...(options.guardSecret === undefined ? {} : { guardSecret: options.guardSecret }),
  })
  const start = (port: number): Promise<RunningSidecar> =>
    startSidecar(options, dataDir, options.comfyuiUrl ?? practice.url, port)
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

function startSidecar(options: WorldOptions, dataDir: string, comfyui: string, port: number): Promise<RunningSidecar> {
  const base = loadConfig(readEnvironment({}), { data: dataDir, comfyui, listen: `127.0.0.1:${port}` })
  const quiet: Config = { ...base, log: { level: 'silent' } }
  return runSidecar({
    config: options.config === undefined ? quiet : options.config(quiet),
    environment: readEnvironment({}),
    guardSecret: options.guardSecret,
    tls: undefined,
    say: () => undefined,
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
    const minted = mintApiKey()
    await store.apiKeys.add({
      id: minted.id,
      userId: member.id,
      label: 'test',
      secretHash: minted.secretHash,
      expiresAtMs: null,
    })
    return createPerson({ name, address, key: minted.key, folderKey: member.tenant.folderKey })
  }
  return {
    alice: await person('alice', 'user', 'acme', alicePassword),
    ann: await person('ann', 'user', 'acme'),
    bob: await person('bob', 'user', 'birch', bobPassword),
    olga: await person('olga', 'owner', 'operators'),
  }
}
