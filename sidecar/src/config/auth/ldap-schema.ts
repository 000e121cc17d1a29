/** Which directories know people's passwords? The `auth.ldap` section. */
import { z } from 'zod'
import { isLoopbackName } from '../../identity/address-range.ts'
import { durationMs } from '../units.ts'
import { accountsSchema, isWithoutGroups } from './accounts-schema.ts'

/** RFC 4512 1.4. */
const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,127}$/, 'write the name of an attribute, such as uid')
const dn = z
  .string()
  .min(1)
  .max(1_024)
  .refine((text) => /^[A-Za-z0-9.]+\s*=/.test(text), 'write a distinguished name, such as ou=people,dc=example,dc=com')
const filter = z
  .string()
  .max(1_024)
  .refine((text) => /^\(.+\)$/s.test(text), 'write a filter in brackets, such as (uid={username})')

const attributes = z
  .strictObject({
    name: attribute.default('uid').describe('holds the user name (Active Directory: sAMAccountName)'),
    subject: attribute
      .default('entryUUID')
      .describe('tells one person from another for ever (Active Directory: objectGUID); dn: the name of the entry'),
    groups: attribute.optional().describe('holds the groups of a person, for `accounts` (often memberOf: whole names)'),
    tenant: attribute.optional().describe('holds the tenant; left out: `accounts.tenants`, else one each'),
  })
  .prefault({})

const directory = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/, 'write a short name in small letters, digits and dashes')
      .describe('a name for logs, and for tenants and accounts that come from it'),
    url: z
      .string()
      .refine(
        (text) => /^ldaps?:\/\/[^/?#@\s]+\/?$/.test(text) && URL.canParse(text),
        'write ldaps://HOST or ldap://HOST, with a port or without',
      )
      .describe('ldaps://, or ldap:// with start_tls; in clear only on this machine itself'),
    start_tls: z.boolean().default(false).describe('turn a connection to ldap:// into an encrypted one first'),
    insecure: z.boolean().default(false).describe('send passwords in clear over the network; never do that'),
    ca_file: z
      .string()
      .optional()
      .describe('a PEM file with the authority of its certificate; left out: those of Node'),
    bind_dn: dn.optional().describe('whom Gatehouse searches as; left out: as nobody'),
    bind_password_file: z.string().optional().describe('a file that holds the password of bind_dn'),
    bind_password_env: z.string().optional().describe('an environment variable that holds it'),
    user_base: dn.optional().describe('below which people are searched'),
    user_filter: filter
      .default('(uid={username})')
      .describe('finds the one entry of a person; {username} is what was typed, made harmless'),
    user_dn_template: dn
      .refine((text) => text.includes('{username}'), 'write {username} where the name belongs')
      .optional()
      .describe(
        'the name of the entry itself, such as uid={username},ou=people,dc=example,dc=com: nothing is searched',
      ),
    attributes,
    group_base: dn.optional().describe('below which the groups of a person are searched'),
    group_filter: filter
      .default('(member={dn})')
      .describe('finds them; {dn} is the entry of the person, {username} what was typed'),
    group_name: attribute.default('cn').describe('what a group that was found is called in `accounts`'),
    recheck: durationMs
      .refine((ms) => ms >= 1_000, 'one second at least')
      .optional()
      .describe(
        'how often the directory is asked, as bind_dn, whether who logged in still is somebody there; left out: never',
      ),
    accounts: accountsSchema,
  })
  .refine(
    ({ user_base: base, user_dn_template: template }) => (base === undefined) !== (template === undefined),
    'name either user_base or user_dn_template',
  )
  .refine(({ user_filter: text }) => text.includes('{username}'), {
    message: 'write {username} where the name belongs',
    path: ['user_filter'],
  })
  .refine(({ group_filter: text }) => /\{(?:dn|username)\}/.test(text), {
    message: 'write {dn} or {username} where the person belongs: without, everybody is in every group',
    path: ['group_filter'],
  })
  .refine(isPrivate, {
    message:
      'passwords would cross the network in clear: write ldaps://, or start_tls: true, or, where nobody else can listen, insecure: true',
    path: ['url'],
  })
  .refine(({ url, start_tls: upgrades }) => !(upgrades && url.startsWith('ldaps:')), {
    message: 'start_tls goes with ldap://; ldaps:// is encrypted from the start',
    path: ['start_tls'],
  })
  .refine(
    ({ bind_dn: who, bind_password_file: file, bind_password_env: variable }) =>
      who === undefined
        ? file === undefined && variable === undefined
        : (file === undefined) !== (variable === undefined),
    'bind_dn needs its password: name either bind_password_file or bind_password_env',
  )
  .refine(({ recheck, bind_dn: who }) => recheck === undefined || who !== undefined, {
    message: 'recheck needs bind_dn: nobody but the person could be asked as otherwise, and their password is not kept',
    path: ['recheck'],
  })
  .refine(
    ({ attributes: { groups }, group_base: base, accounts }) =>
      groups !== undefined || base !== undefined || isWithoutGroups(accounts),
    'accounts maps groups, but neither attributes.groups nor group_base says where they are',
  )

type Transport = Readonly<{ url: string; start_tls: boolean; insecure: boolean }>

function isPrivate({ url, start_tls: upgrades, insecure }: Transport): boolean {
  return url.startsWith('ldaps:') || upgrades || insecure || isOnThisMachine(url)
}

function isOnThisMachine(url: string): boolean {
  return isLoopbackName((URL.parse(url)?.hostname ?? '').replace(/^\[(.+)\]$/, '$1'))
}

/** Whether its passwords are there for everybody on the way to read. */
export function isInClear({ url, start_tls: upgrades }: LdapSettings): boolean {
  return url.startsWith('ldap:') && !upgrades && !isOnThisMachine(url)
}

export const ldapSchema = z
  .array(directory)
  .max(8)
  .default([])
  .refine((entries) => new Set(entries.map(({ name }) => name)).size === entries.length, 'two have the same name')
  .describe('directories whose passwords count here (LDAP, Active Directory); see docs/identity/ldap.md')

export type LdapSettings = z.infer<typeof directory>
