/** Where does the matrix stand? A sidecar with its own TLS and every method on at once, and another instance with people of the same names. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BuiltInRole } from '@gatehouse/shared/roles'
import { mintApiKey } from '../../../sidecar/src/identity/api-key.ts'
import { createPasswords } from '../../../sidecar/src/identity/password.ts'
import { type OpenDatabase, openDatabase } from '../../../sidecar/src/store/sql/open-database.ts'
import type { Member, Store } from '../../../sidecar/src/store/store.ts'
import { createAuthority, openAuthority } from '../../../sidecar/src/tls/private-authority.ts'
import { type Configured, startConfigured } from '../../support/configured.ts'
import { onePixel } from '../../support/graphs.ts'
import { ask, type Door } from './ask.ts'
import { ownFile, ownPicture, sharedRouteYaml } from './rows.ts'

export const roles = ['owner', 'user', 'guest'] as const satisfies readonly BuiltInRole[]
export type Role = (typeof roles)[number]
/** Whose password the store keeps, and whose the operator's list does. */
export const people: Readonly<Record<Role, string>> = { owner: 'olga', user: 'ursula', guest: 'gus' }
export const listed: Readonly<Record<Role, string>> = { owner: 'lisa', user: 'linus', guest: 'lena' }
/** Somebody else altogether, whom no wrong credential may turn into. */
export const bystander = 'bella'
export const passwordOf = (name: string): string => `amber Lantern of ${name} 4711`
export const foreignPasswordOf = (name: string): string => `birch Wagon of ${name} 9083`
export const fixedKeyOf = (name: string): string => `fixed-key-of-${name}-0123456789`

export const jwt = {
  issuer: 'https://matrix.example',
  audience: 'comfyui',
  secret: 'a secret of the matrix that is long enough 0123456789',
  header: 'X-Matrix-Token',
  cookie: 'matrix_token',
} as const
export const gateway = {
  header: 'Remote-User',
  secretHeader: 'X-Gateway-Secret',
  secret: 'a secret of the gateway 0123456789',
} as const

/** Real argon2id, as cheap as it gets: what is tested is not its cost. */
export const cheap = createPasswords({ parameters: { memoryKib: 8, passes: 1, parallelism: 1 } })

export interface Site extends AsyncDisposable {
  readonly main: Configured
  readonly door: Door
  readonly db: OpenDatabase['db']
  /** Another instance, in clear, with an owner of the same name. */
  readonly other: Configured
  readonly otherDoor: Door
  readonly lab: string
  /** Adds an owner who can be put out without harm to the others. */
  victim(password?: string): Promise<Member>
  /** An owner of the operator's list, likewise. */
  listedVictim(): Promise<string>
  /** A fixed key, likewise. */
  fixedVictim(): Promise<string>
  /** A certificate that names somebody; the path without its ending. */
  certificate(of: string, options?: { readonly days?: number; readonly by?: string }): Promise<string>
  /** Takes what was added to lists and files out again, and has the files obeyed. */
  takeBack(): void
  obey(): void
}

export async function startSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-matrix-'))
  const lab = join(folder, 'lab')
  await createAuthority(lab, 'lab', 30)
  await createAuthority(join(lab, 'other'), 'other', 30)
  await (await openAuthority(lab)).signServer(['localhost', '127.0.0.1'], 30)
  writeFileSync(join(folder, 'jwt'), jwt.secret)
  writeFileSync(join(folder, 'gateway'), gateway.secret)
  const files = await createLists(folder)
  const main = await startConfigured(files.yaml())
  const other = await startConfigured(otherYaml('{}'))
  const otherDoor: Door = { url: other.address, ca: undefined }
  const door: Door = { url: main.address.replace('http:', 'https:'), ca: join(lab, 'ca.crt') }
  const database = await openDatabase(main.dataDir, { verify: false })
  await enrol(main, door, passwordOf)
  await enrol(other, otherDoor, foreignPasswordOf)
  let count = 0
  const name = (kind: string): string => {
    count += 1
    return `${kind}-${count}`
  }
  return {
    ...{ main, other, door, otherDoor, lab, db: database.db },
    victim: (password) => addPerson(main.store, name('victim'), 'owner', password),
    listedVictim: async () => {
      const { name: own } = await addPerson(main.store, name('listed'), 'owner')
      await files.add(own)
      main.rewrite(files.yaml())
      return own
    },
    fixedVictim: async () => {
      const { name: own } = await addPerson(main.store, name('fixed'), 'owner')
      files.fix(own)
      main.rewrite(files.yaml())
      return own
    },
    certificate: async (of, { days = 30, by = lab } = {}) => {
      const authority = await openAuthority(by)
      const { certFile } = await authority.signClient(name('certificate'), [`dns:${of}.lab`], days)
      return certFile.replace(/\.crt$/, '')
    },
    takeBack: () => {
      files.takeBack()
      main.rewrite(files.yaml())
    },
    obey: () => main.rewrite(files.yaml()),
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await main[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

/** The configuration, and the files that tests write to. */
async function createLists(folder: string) {
  const htpasswd = join(folder, 'htpasswd')
  const lineOf = async (name: string) => `${name}:${await cheap.hash(passwordOf(name))}`
  const permanent = await Promise.all(Object.values(listed).map(lineOf))
  let added: readonly string[] = []
  let fixed: readonly string[] = []
  const write = (): void => writeFileSync(htpasswd, `${[...permanent, ...added].join('\n')}\n`)
  write()
  return {
    yaml: () => {
      const keys = [...Object.values(people), ...fixed].map((name) => {
        writeFileSync(join(folder, `key-${name}`), fixedKeyOf(name))
        return `    - { name: ${name}, user: ${name}, file: '${join(folder, `key-${name}`)}' }`
      })
      return configuration(folder, keys.join('\n'))
    },
    add: async (name: string) => {
      added = [...added, await lineOf(name)]
      write()
    },
    fix: (name: string) => {
      fixed = [...fixed, name]
    },
    takeBack: () => {
      added = []
      fixed = []
      write()
    },
  }
}

const many = ['key_prompts_per_minute', 'key_prompt_burst', 'prompts_per_minute', 'prompt_burst', 'pending_jobs']
const shared = `
limits: { sockets_per_user: 1000, requests_in_flight: 1000, ${many.map((name) => `${name}: 100000`).join(', ')} }
${sharedRouteYaml}
`

/** Of the other instance; `auth` is a section in braces. */
export const otherYaml = (auth: string): string => `${shared}auth: ${auth}\n`

function configuration(folder: string, staticKeys: string): string {
  return `
server:
  tls_cert_file: '${join(folder, 'lab/server.crt')}'
  tls_key_file: '${join(folder, 'lab/server.key')}'
  tls_client_ca_file: '${join(folder, 'lab/ca.crt')}'
  tls_client_crl_file: '${join(folder, 'lab/crl.pem')}'
${shared}
auth:
  htpasswd_file: '${join(folder, 'htpasswd')}'
  htpasswd_accounts: { names: shared }
  static_keys:
${staticKeys}
  jwt:
    - name: matrix
      issuer: ${jwt.issuer}
      audience: ${jwt.audience}
      secret_file: '${join(folder, 'jwt')}'
      header: ${jwt.header}
      cookie: ${jwt.cookie}
      accounts: { names: shared }
  trusted_headers:
    - name: gateway
      header: ${gateway.header}
      secret_header: ${gateway.secretHeader}
      secret_file: '${join(folder, 'gateway')}'
      accounts: { names: shared }
  client_certificates:
${Object.values(people)
  .map((name) => `    - { user: ${name}, san: dns:${name}.lab }`)
  .join('\n')}
`
}

async function addPerson(store: Store, name: string, role: BuiltInRole, password?: string): Promise<Member> {
  const passwordHash = password === undefined ? null : await cheap.hash(password)
  return store.users.add({ name, role, passwordHash })
}

/** Everybody keeps a file and a picture, also whoever may not: those are from before. */
async function enrol(site: Configured, door: Door, password: (name: string) => string): Promise<void> {
  const cast = [...roles.map((role) => [people[role], role] as const), [bystander, 'user'] as const]
  for (const [name, role] of cast) {
    await keepsSomething(site, door, await addPerson(site.store, name, 'user', password(name)), role)
  }
  for (const role of roles) await keepsSomething(site, door, await addPerson(site.store, listed[role], 'user'), role)
}

async function keepsSomething({ store }: Configured, door: Door, member: Member, role: BuiltInRole): Promise<void> {
  const { id, key, secretHash } = mintApiKey()
  await store.apiKeys.add({ id, userId: member.id, label: 'enrol', secretHash, expiresAtMs: null })
  const headers = { authorization: `Bearer ${key}` }
  const form = new FormData()
  form.append('image', new Blob([Uint8Array.from(onePixel)]), ownPicture)
  const packed = new Response(form)
  const type = packed.headers.get('content-type') ?? ''
  const uploads = {
    method: 'POST',
    path: '/upload/image',
    body: { type, bytes: Buffer.from(await packed.arrayBuffer()) },
  }
  const text = { type: 'application/json', bytes: Buffer.from(ownFile.text(member.name)) }
  for (const each of [uploads, { method: 'POST', path: ownFile.path, body: text }]) {
    const { status, text: said } = await ask(door, { ...each, headers })
    if (status !== 200) throw new Error(`${each.path}: ${status} ${said}`)
  }
  await store.apiKeys.revoke(id)
  if (role !== 'user') await store.users.setRole(member.id, role)
}
