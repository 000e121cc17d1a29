/** Whose password is this in a directory? Finds the entry, has the directory judge the password, and reads what it says of the person. */
import { randomBytes } from 'node:crypto'
import type { LdapSettings } from '../../config/auth/ldap-schema.ts'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { ExternalSubject } from '../external-account.ts'
import { createTurnstile } from '../turnstile.ts'
import { isDisabled, isLocked, lockAttributes } from './account-state.ts'
import { escapeDn, escapeFilter, fillTemplate } from './escape.ts'

type Values = readonly (string | Buffer)[]
type Entry = Readonly<Record<string, Values>>

/** As `proxy/ldap-connection.ts` opens it. */
export interface DirectoryConnection {
  bind(dn: string, password: string): Promise<boolean>
  search(
    base: string,
    options: {
      readonly scope: 'base' | 'sub'
      readonly filter: string
      readonly attributes: readonly string[]
      readonly binary?: readonly string[]
      readonly limitCount: number
    },
  ): Promise<readonly Entry[]>
  close(): void
}

export interface DirectoryOptions {
  readonly settings: LdapSettings
  readonly bindPassword: string | undefined
  readonly open: () => Promise<DirectoryConnection>
  /** Told, for the log, why a right password does not count. */
  readonly refused: (reason: string) => void
}

export interface Directory {
  readonly settings: LdapSettings
  /** Undefined when they do not belong together, or do not count. @throws directory_down, too_many_attempts */
  prove(account: string, password: string): Promise<ExternalSubject | undefined>
  /** What it says now of somebody who was proven before, asked as bind_dn. Undefined when they are nobody there any more. @throws directory_down */
  lookUp(account: string): Promise<ExternalSubject | undefined>
}

/** What accounts and sessions know a directory by: its address may change. */
export function directoryIssuer(name: string): string {
  return `ldap:${name}`
}

const [atOnceCount, inLineCount] = [8, 100]
const groupLimitCount = 1_000
/** Attributes that are bytes. */
const binary = ['objectGUID', 'objectSid']

export function createDirectory(options: DirectoryOptions): Directory {
  const turnstile = createTurnstile(atOnceCount, inLineCount)
  return {
    settings: options.settings,
    prove: (account, password) =>
      turnstile(() => connected(options, (connect) => prove(options, connect, account, password))),
    lookUp: (account) => connected(options, (connect) => lookUp(options, connect, account)),
  }
}

type Connect = () => Promise<DirectoryConnection>

/** Whatever is opened is closed. */
async function connected<T>(options: DirectoryOptions, task: (connect: Connect) => Promise<T>): Promise<T> {
  const open: DirectoryConnection[] = []
  try {
    return await task(async () => {
      const connection = await options.open()
      open.push(connection)
      return connection
    })
  } catch (cause) {
    if (cause instanceof GatehouseError) throw cause
    throw new GatehouseError('directory_down', { cause })
  } finally {
    for (const connection of open) connection.close()
  }
}

async function lookUp(options: DirectoryOptions, connect: Connect, account: string) {
  const { settings, refused } = options
  const service = await connect()
  await bindService(service, options)
  const dn = await findDn(service, settings, account)
  const entry = dn === undefined ? undefined : await readEntry(service, settings, dn)
  if (dn === undefined || entry === undefined || isDisabled(entry)) return undefined
  return subjectOf(settings, entry, dn, await groupsOf(service, settings, entry, { dn, account }), refused)
}

async function prove(
  options: DirectoryOptions,
  connect: Connect,
  account: string,
  password: string,
): Promise<ExternalSubject | undefined> {
  const { settings, refused } = options
  if (password === '') return undefined
  const service = settings.bind_dn === undefined && settings.user_base === undefined ? undefined : await connect()
  if (service !== undefined) await bindService(service, options)
  const dn = await findDn(service, settings, account)
  const person = await connect()
  // Somebody who is not there is asked for, too: a stranger then learns no names by the time it takes.
  const isRight = await person.bind(dn ?? impossibleDn(settings), password)
  if (dn === undefined || !isRight) return undefined
  const reader = service ?? person
  const entry = await readEntry(reader, settings, dn)
  if (entry === undefined || isLocked(entry)) {
    refused('the account is disabled or locked in the directory')
    return undefined
  }
  return subjectOf(settings, entry, dn, await groupsOf(reader, settings, entry, { dn, account }), refused)
}

/** @throws directory_down, because without it nobody's password can be judged */
async function bindService(service: DirectoryConnection, { settings, bindPassword = '' }: DirectoryOptions) {
  if (settings.bind_dn === undefined) return
  if (await service.bind(settings.bind_dn, bindPassword)) return
  throw new GatehouseError('directory_down', { detail: `the directory refuses bind_dn of auth.ldap ${settings.name}` })
}

/** Undefined where there is not exactly one. */
async function findDn(service: DirectoryConnection | undefined, settings: LdapSettings, account: string) {
  const { user_dn_template: template, user_base: base, user_filter: filter } = settings
  if (template !== undefined) return fillTemplate(template, { username: escapeDn(account) })
  if (base === undefined || service === undefined) return undefined
  const found = await service.search(base, {
    scope: 'sub',
    filter: fillTemplate(filter, { username: escapeFilter(account) }),
    attributes: ['1.1'],
    limitCount: 2,
  })
  return found.length === 1 ? textOf(found[0]?.dn) : undefined
}

function impossibleDn({ user_base: base, user_dn_template: template }: LdapSettings): string {
  const name = `gatehouse-${randomBytes(12).toString('hex')}`
  return template === undefined ? `cn=${name},${base}` : fillTemplate(template, { username: name })
}

/** After the password was judged, so that it is what the directory says now. */
async function readEntry(reader: DirectoryConnection, { attributes }: LdapSettings, dn: string) {
  const wanted = [attributes.name, attributes.subject, attributes.groups, attributes.tenant]
  const [entry] = await reader.search(dn, {
    scope: 'base',
    filter: '(objectClass=*)',
    attributes: [...wanted.filter((name) => name !== undefined && name !== 'dn').map(String), ...lockAttributes],
    binary,
    limitCount: 1,
  })
  return entry
}

async function groupsOf(
  reader: DirectoryConnection,
  { attributes, group_base: base, group_filter: filter, group_name: name }: LdapSettings,
  entry: Entry,
  { dn, account }: { readonly dn: string; readonly account: string },
): Promise<readonly string[]> {
  const own = attributes.groups === undefined ? [] : textsOf(entry[attributes.groups.toLowerCase()])
  if (base === undefined) return own
  const found = await reader.search(base, {
    scope: 'sub',
    filter: fillTemplate(filter, { dn: escapeFilter(dn), username: escapeFilter(account) }),
    attributes: [name],
    limitCount: groupLimitCount,
  })
  return [...own, ...found.flatMap((group) => textsOf(group[name.toLowerCase()]))]
}

/** What is configured and not there refuses. */
function subjectOf(
  { name: source, attributes }: LdapSettings,
  entry: Entry,
  dn: string,
  groups: readonly string[],
  refused: (reason: string) => void,
): ExternalSubject | undefined {
  const read = (attribute: string) => textOf(entry[attribute.toLowerCase()])
  const subject = attributes.subject === 'dn' ? dn.toLowerCase() : read(attributes.subject)
  const userName = read(attributes.name)
  const tenant = attributes.tenant === undefined ? undefined : read(attributes.tenant)
  const isWithoutTenant = attributes.tenant !== undefined && tenant === undefined
  if (subject === undefined || userName === undefined || isWithoutTenant) {
    refused('an attribute that is configured is not in the entry of the person')
    return undefined
  }
  return { source, issuer: directoryIssuer(source), subject, userName, tenant, groups }
}

function textsOf(values: Values = []): readonly string[] {
  return values.flatMap((value) => (typeof value === 'string' && value !== '' ? [value] : []))
}

/** The first value; bytes as they are written, of which a directory's own ids are made. */
function textOf(values: Values = []): string | undefined {
  const [first] = values
  if (first === undefined || first.length === 0) return undefined
  return typeof first === 'string' ? first : first.toString('hex')
}
