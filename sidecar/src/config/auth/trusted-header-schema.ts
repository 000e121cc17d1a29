/** Which gateways may say who somebody is, in which header? The `auth.trusted_headers` section. */
import { z } from 'zod'
import { trustedRange } from '../network-schema.ts'
import { accountsSchema, isWithoutGroups } from './accounts-schema.ts'

/** What each product calls its headers; a line of the configuration beats it. */
export const gatewayPresets = {
  'oauth2-proxy': { header: 'X-Forwarded-User', groups_header: 'X-Forwarded-Groups', groups_separator: ',' },
  authelia: { header: 'Remote-User', groups_header: 'Remote-Groups', groups_separator: ',' },
  authentik: { header: 'X-authentik-username', groups_header: 'X-authentik-groups', groups_separator: '|' },
  tailscale: { header: 'Tailscale-User-Login', groups_header: undefined, groups_separator: ',' },
} as const

/** Read by Gatehouse itself, or written by every browser and proxy. */
const takenHeaders =
  /^(?:authorization|cookie|host|origin|referer|user-agent|accept.*|x-api-key|x-forwarded-(?:for|proto|host|port)|forwarded|via|x-real-ip|connection|upgrade|transfer-encoding|content-.*|sec-.*|x-gatehouse-.*)$/i

const headerName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{1,63}$/, 'write the name of a header, such as Remote-User: no underscore')
  .refine((name) => !takenHeaders.test(name), 'this header has a meaning of its own; choose another')

export const logoutUrl = z
  .string()
  .refine(
    (text) => /^https?:\/\/[^\s\\]+$/.test(text) && URL.parse(text)?.username === '',
    'write a whole address, such as https://auth.example.com/logout',
  )

const gateway = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/, 'write a short name in small letters, digits and dashes')
      .describe('a name for logs, and for tenants and accounts that come from it'),
    preset: z
      .enum(['oauth2-proxy', 'authelia', 'authentik', 'tailscale'])
      .optional()
      .describe('names the headers as this product does'),
    header: headerName.optional().describe('holds the user name'),
    groups_header: headerName.optional().describe('holds the groups, for `accounts`'),
    groups_separator: z
      .string()
      .regex(/^[!-/:-@[-`{-~]$/, 'write one mark, such as , or |')
      .optional()
      .describe('stands between groups; left out: a comma'),
    tenant_header: headerName
      .optional()
      .describe('holds the tenant, such as X-FunArt-Comfy-UserId; a request without it is refused'),
    from: z
      .array(trustedRange)
      .optional()
      .describe('addresses or CIDR ranges of the gateway itself: of the connection, never a forwarded one'),
    secret_header: headerName.optional().describe('in which the gateway sends a secret that only it knows'),
    secret_file: z.string().optional().describe('a file that holds the secret; obeyed when it changes'),
    secret_env: z.string().optional().describe('an environment variable that holds the secret'),
    logout_url: logoutUrl.optional().describe('where the gateway ends its own session; signing out here goes there'),
    asks_again: z
      .boolean()
      .default(false)
      .describe(
        'the gateway itself asks for a proof before administration; left out: its people log in here once more for that',
      ),
    accounts: accountsSchema,
  })
  .refine(({ preset, header }) => preset !== undefined || header !== undefined, 'name header, or a preset')
  .refine(
    ({ from, secret_header: secret }) => (from ?? []).length > 0 || secret !== undefined,
    'anybody could send this header: name the addresses of the gateway in from, or a secret_header, or both',
  )
  .refine(
    ({ secret_header: header, secret_file: file, secret_env: variable }) =>
      header === undefined
        ? file === undefined && variable === undefined
        : (file === undefined) !== (variable === undefined),
    'secret_header needs its secret: name either secret_file or secret_env',
  )
  .refine((entry) => {
    const names = [entry.header, entry.groups_header, entry.tenant_header, entry.secret_header]
    const given = names.flatMap((name) => (name === undefined ? [] : [name.toLowerCase()]))
    return new Set(given).size === given.length
  }, 'one header cannot hold two things')
  .refine(
    ({ preset, groups_header: groups, accounts }) =>
      groups !== undefined || (preset !== undefined && preset !== 'tailscale') || isWithoutGroups(accounts),
    'accounts maps groups, but groups_header does not say where they are',
  )

export const trustedHeadersSchema = z
  .array(gateway)
  .max(16)
  .default([])
  .refine(
    (entries) => new Set(entries.map(({ name }) => name)).size === entries.length,
    'two have the same name: name each once',
  )
  .describe('gateways that have signed people in before a request comes here; see docs/identity/trusted-header.md')

export type TrustedHeaderSettings = z.infer<typeof gateway>
