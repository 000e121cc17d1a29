/** How does a test get a real own server? Express on a free port over a database in a directory of its own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRoleTable, type RoleName } from '@gatehouse/shared/roles'
import type { AuditEntry } from '../../sidecar/src/audit/audit.ts'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { createIdentity, type IdentityServices } from '../../sidecar/src/identity/create-identity.ts'
import type { CredentialInput } from '../../sidecar/src/identity/credentials.ts'
import { createPasswords, type Passwords } from '../../sidecar/src/identity/password.ts'
import type { StaticKey } from '../../sidecar/src/identity/static-key.ts'
import type { RegistrationRules } from '../../sidecar/src/own-api/context.ts'
import { createOwnExpress } from '../../sidecar/src/own-api/own-express.ts'
import type { OwnStorage } from '../../sidecar/src/policy/own-storage.ts'
import { createChangeFeed, type RunningChangeFeed } from '../../sidecar/src/store/change-feed.ts'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import type { Member, Store } from '../../sidecar/src/store/store.ts'
import { createResolvePrincipal, type ResolvePrincipal } from '../../sidecar/src/tenant/resolve-principal.ts'

/** Real argon2id, as cheap as it gets: what is tested is not its cost. */
export const cheapPasswords = createPasswords({ parameters: { memoryKib: 8, passes: 1, parallelism: 1 } })
export const alicePassword = 'a violet umbrella, folded'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: unknown
}

export interface Ask {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly cookie?: string | undefined
}

export interface OwnServer {
  readonly dataDir: string
  readonly store: Store
  readonly feed: RunningChangeFeed
  readonly identity: IdentityServices
  readonly resolvePrincipal: ResolvePrincipal
  /** In order. */
  readonly audited: readonly AuditEntry[]
  readonly failures: unknown[]
  /** What `auth.registration` says. */
  registration: RegistrationRules
  clock: { nowMs: number }
  /** Roles that need a second factor. */
  readonly rolesWithFactor: Set<RoleName>
  ask(method: string, path: string, options?: Ask): Promise<Reply>
  /** The raw lane's question. */
  authenticate(
    headers: readonly string[],
    rest?: Partial<CredentialInput>,
  ): ReturnType<IdentityServices['authenticate']>
  addUser(name: string, role: RoleName, password?: string, tenantName?: string): Promise<Member>
  addKey(user: Member, expiresAtMs?: number | null): Promise<string>
  /** Logs in; the Cookie header of the new session. */
  logIn(username: string, password: string, extra?: object): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

export interface OwnServerOptions {
  readonly publicScheme?: 'http' | 'https'
  readonly staticKeys?: readonly StaticKey[]
  readonly passwords?: Passwords
  /** From an earlier server: a restart on the same data. */
  readonly dataDir?: string
}

/** A request that carries nothing. */
export const aRequest: CredentialInput = {
  rawHeaders: [],
  query: new Map(),
  parameters: new Map(),
  isNavigation: false,
  isUpgrade: false,
  method: 'GET',
  path: '/queue',
  clientAddress: '192.0.2.1',
  peerAddress: '192.0.2.1',
  clientCertificate: undefined,
}

/** A tenant that keeps nothing. */
const emptyStorage: OwnStorage = {
  worker: 'default',
  page: async () => ({ files: [], next: undefined }),
  remove: async (files) => files.map(() => false),
  usageOf: async () => ({ files: 0, bytes: 0 }),
  previewUsage: async () => undefined,
}

export const apiPath = '/gatehouse/api/v1'

export async function startOwnServer(options: OwnServerOptions = {}): Promise<OwnServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'gatehouse-own-')))
  const database = await openDatabase(dataDir)
  const clock = { nowMs: Date.now() }
  const now = () => clock.nowMs
  const store = createStore({ db: database.db, now })
  const feed = await createChangeFeed({ changes: store.changes })
  const publicScheme = options.publicScheme ?? 'http'
  const identity = await createIdentity({
    store,
    feed,
    publicScheme,
    passwords: options.passwords ?? cheapPasswords,
    staticKeys: options.staticKeys ?? [],
    now,
  })
  const rolesWithFactor = new Set<RoleName>()
  const resolvePrincipal = createResolvePrincipal({
    ...{ users: store.users, feed },
    needsFactor: (role) => rolesWithFactor.has(role),
  })
  let registration: RegistrationRules = { mode: 'invite', role: 'user', waitingCount: 3 }
  const failures: unknown[] = []
  const audited: AuditEntry[] = []
  const app = await createOwnExpress({
    store,
    identity,
    resolvePrincipal,
    addresses: { admit: () => undefined },
    enterRequest: () => undefined,
    enterChange: () => undefined,
    queuePlaces: async () => ({ pending: 2, running: 1, ahead: 3, startsInSeconds: 30, jobs: [] }),
    storageOf: async () => emptyStorage,
    published: {
      list: async () => [],
      publish: () => Promise.reject(new Error('no ComfyUI')),
      remove: async () => false,
    },
    registration: () => registration,
    mayChooseName: () => true,
    jobsAtLogout: () => 'cancel',
    roles: () => createRoleTable(),
    audit: { record: (entry) => audited.push(entry), isWritable: () => true },
    publicScheme,
    publicUrl: () => undefined,
    needsFactor: (role) => rolesWithFactor.has(role),
    webDir: await writeWebDir(dataDir),
    requestId: () => 'request-1',
    clientAddress: (message) => String(message.headers['x-test-address'] ?? '192.0.2.1'),
    credentialInput: (message) => ({
      ...aRequest,
      rawHeaders: message.rawHeaders,
      clientAddress: String(message.headers['x-test-address'] ?? '192.0.2.1'),
    }),
    refuseAmbient: () => undefined,
    requestFailed: (_id, error) => failures.push(error),
    now,
    health: {
      queue: async () => 3,
      device: async () => ({ name: 'cpu', vramTotal: 8, vramFree: 4 }),
      worker: async () => 'up',
      workers: () => new Map([['default', 'up']]),
      comfyui: () => 'up',
      isStoreUp: async () => true,
    },
  })
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const ask = (method: string, path: string, asked: Ask = {}) => send(port, method, path, asked)
  return {
    dataDir,
    store,
    feed,
    identity,
    resolvePrincipal,
    failures,
    get registration() {
      return registration
    },
    set registration(rules) {
      registration = rules
    },
    audited,
    clock,
    rolesWithFactor,
    ask,
    authenticate: (rawHeaders, rest = {}) => identity.authenticate({ ...aRequest, rawHeaders, ...rest }),
    addUser: async (name, role, password = alicePassword, tenantName) =>
      store.users.add({ name, role, passwordHash: await cheapPasswords.hash(password), tenantName }),
    addKey: async (user, expiresAtMs = null) => {
      const { id, key, secretHash } = mintApiKey()
      await store.apiKeys.add({ id, userId: user.id, label: 'test', secretHash, expiresAtMs })
      return key
    },
    logIn: async (username, password, extra = {}) => {
      const reply = await ask('POST', `${apiPath}/login`, { body: { username, password, ...extra } })
      if (reply.status !== 200) throw new Error(`log-in failed: ${reply.text}`)
      return cookieOf(reply)
    },
    [Symbol.asyncDispose]: async () => {
      feed.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await database.close()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** `name=value` of the session cookie an answer sets; empty when it sets none. */
export function cookieOf(reply: Reply): string {
  return reply.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
}

/** One field of a JSON answer. */
export function field(reply: Reply, name: string): unknown {
  return typeof reply.json === 'object' && reply.json !== null ? Reflect.get(reply.json, name) : undefined
}

/** The code of a refused answer. */
export function codeOf(reply: Reply): unknown {
  const error = field(reply, 'error')
  return typeof error === 'object' && error !== null ? Reflect.get(error, 'type') : undefined
}

function send(port: number, method: string, path: string, { body, headers = {}, cookie }: Ask): Promise<Reply> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const sent = {
    ...(text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
    ...(cookie === undefined ? {} : { cookie }),
    ...headers,
  }
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers: sent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const answered = Buffer.concat(chunks).toString('utf8')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answered, json: parse(answered) })
      })
    })
    request.on('error', reject)
    request.end(text)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function writeWebDir(dataDir: string): Promise<string> {
  const webDir = join(dataDir, 'web')
  await mkdir(join(webDir, 'assets'), { recursive: true })
  const files = {
    'login.html': '<!doctype html><title>login</title>',
    'setup.html': '<!doctype html><title>setup</title>',
    'account.html': '<!doctype html><title>account</title>',
    'admin.html': '<!doctype html><title>admin</title>',
    'inject-0a1b2c3d.js': '/* inject */',
    'extension.js': '/* extension */',
    'assets/login-0a1b2c3d.js': '/* login */',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(webDir, name), text)
  const manifest = {
    inject: 'inject-0a1b2c3d.js',
    extension: 'extension.js',
    pages: { login: 'login.html', setup: 'setup.html', account: 'account.html', admin: 'admin.html' },
    assets: ['assets/login-0a1b2c3d.js'],
  }
  await writeFile(join(webDir, 'manifest.json'), JSON.stringify(manifest))
  return webDir
}
