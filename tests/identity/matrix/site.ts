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
import { clientId, type OidcIssuer, startOidcIssuer } from '../../support/oidc-issuer.ts'
import { hasSlapd, type Slapd, startSlapd, suffix } from '../../support/slapd.ts'
import { ask, type Door } from './ask.ts'
import { ownFile, ownPicture, sharedRouteYaml } from './rows.ts'

export const roles = ['owner', 'user', 'guest'] as const satisfies readonly BuiltInRole[]
export type Role = (typeof roles)[number]
/** Whose password the store keeps, and whose the operator's list does, as argon2id or as bcrypt. */
export const people: Readonly<Record<Role, string>> = { owner: 'olga', user: 'ursula', guest: 'gus' }
export const listed: Readonly<Record<Role, string>> = { owner: 'lisa', user: 'linus', guest: 'lena' }
export const bcrypted: Readonly<Record<Role, string>> = { owner: 'becky', user: 'ben', guest: 'bea' }
/** Whose password a directory keeps, who has a passkey, and who is no person. */
export const filed: Readonly<Record<Role, string>> = { owner: 'doris', user: 'dirk', guest: 'dana' }
export const keyed: Readonly<Record<Role, string>> = { owner: 'petra', user: 'paul', guest: 'peggy' }
export const services: Readonly<Record<Role, string>> = { owner: 'render-boss', user: 'render-farm', guest: 'gallery' }
/** Of `passwordOf` each. */
const bcryptLines = [
  'becky:$2b$04$vjf3TMVKz.6UCSKrWxyW4ewf03HWzxTalf0EOP2wMqsLwMNV93swy',
  'ben:$2b$04$8irRroysjiPw2yrBf4b1C.AwgGPFC1xNO1dr.FOxarYFsDNoPIMse',
  'bea:$2b$04$/XpUu707t2f3Z3BY8659NOEXX0GLisMZV4u6WKCIovP8B/csZcV1u',
]
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
  /** Another instance, in clear, with an owner of the same name. People log in there at a provider, too. */
  readonly other: Configured
  readonly otherDb: OpenDatabase['db']
  readonly provider: OidcIssuer
  readonly otherDoor: Door
  /** Whom strangers are taken for there, in the flow style of `auth`; empty: for nobody. */
  otherSays(more: string): void
  readonly lab: string
  /** Adds somebody to the directory, with an account. */
  inDirectory(name: string, role: Role, more?: string): Promise<Member>
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
  const slapd = hasSlapd() ? await startSlapd() : undefined
  const files = await createLists(folder, slapd)
  const main = await startConfigured(files.yaml())
  const provider = await startOidcIssuer()
  const otherYaml = (more: string): string => configurationOfOther(provider.url, more)
  const other = await startConfigured(otherYaml(''))
  provider.admit(other.address)
  const otherDoor: Door = { url: other.address, ca: undefined }
  const door: Door = { url: main.address.replace('http:', 'https:'), ca: join(lab, 'ca.crt') }
  const database = await openDatabase(main.dataDir, { verify: false })
  const otherDatabase = await openDatabase(other.dataDir, { verify: false })
  for (const role of roles) slapd?.change(entryOf(filed[role]))
  await enrol(main, door, passwordOf)
  await enrol(other, otherDoor, foreignPasswordOf)
  let count = 0
  const name = (kind: string): string => {
    count += 1
    return `${kind}-${count}`
  }
  return {
    ...{ main, other, door, otherDoor, lab, provider, db: database.db, otherDb: otherDatabase.db },
    otherSays: (more) => other.rewrite(otherYaml(more)),
    inDirectory: async (own, role, more) => {
      slapd?.change(entryOf(own, more))
      return addPerson(main.store, own, role)
    },
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
      await otherDatabase.close()
      await provider[Symbol.asyncDispose]()
      await slapd?.[Symbol.asyncDispose]()
      await main[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

/** The configuration, and the files that tests write to. */
async function createLists(folder: string, slapd: Slapd | undefined) {
  const htpasswd = join(folder, 'htpasswd')
  const lineOf = async (name: string) => `${name}:${await cheap.hash(passwordOf(name))}`
  const permanent = [...(await Promise.all(Object.values(listed).map(lineOf))), ...bcryptLines]
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
      return `${configuration(folder, keys.join('\n'))}${slapd === undefined ? '' : directoryYaml(slapd)}`
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

/** `more` are further settings of `auth`, in the flow style. */
function configurationOfOther(issuer: string, more: string): string {
  const company = `{ name: company, issuer: '${issuer}', client_id: ${clientId}, accounts: { names: shared } }`
  return `${shared}auth: { oidc: [${company}]${more === '' ? '' : `, ${more}`} }\n`
}

function directoryYaml({ port }: Slapd): string {
  return `  ldap:
    - name: studio
      url: ldap://127.0.0.1:${port}
      user_dn_template: uid={username},ou=people,${suffix}
      accounts: { names: shared }
`
}

function entryOf(name: string, more = ''): string {
  return `dn: uid=${name},ou=people,${suffix}
changetype: add
objectClass: inetOrgPerson
objectClass: shadowAccount
uid: ${name}
cn: ${name}
sn: ${name}
userPassword: ${passwordOf(name)}
${more}`
}

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
  const kind = Object.values(services).includes(name) ? 'service' : 'person'
  return store.users.add({ name, role, passwordHash, kind })
}

/** Everybody keeps a file and a picture, also whoever may not: those are from before. */
async function enrol(site: Configured, door: Door, password: (name: string) => string): Promise<void> {
  const cast = [...roles.map((role) => [people[role], role] as const), [bystander, 'user'] as const]
  for (const [name, role] of cast) {
    await keepsSomething(site, door, await addPerson(site.store, name, 'user', password(name)), role)
  }
  for (const group of [listed, bcrypted, filed, services]) {
    for (const role of roles) await keepsSomething(site, door, await addPerson(site.store, group[role], 'user'), role)
  }
  for (const role of roles) {
    const member = await addPerson(site.store, keyed[role], 'user', password(keyed[role]))
    await keepsSomething(site, door, member, role)
  }
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
