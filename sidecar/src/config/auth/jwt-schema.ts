/** Whose JSON Web Tokens are believed, and what do their claims say? The `auth.jwt` section. */
import { z } from 'zod'
import { trustedRange } from '../network-schema.ts'
import { durationMs } from '../units.ts'
import { accountsSchema, isWithoutGroups } from './accounts-schema.ts'
import { logoutUrl } from './trusted-header-schema.ts'

export const jwtAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'],
  ...['EdDSA', 'HS256', 'HS384', 'HS512'],
] as const

/** `org.id`; a dot that belongs to a name is written `\.` (a backslash `\\`). */
export const claimPath = z
  .string()
  .max(256)
  .regex(/^(?:[^.\\]|\\[.\\])+(?:\.(?:[^.\\]|\\[.\\])+)*$/, 'write a path such as org.id; a dot inside a name is \\.')

const claims = z
  .strictObject({
    user: claimPath.default('sub').describe('claim that holds the user name'),
    subject: claimPath.default('sub').describe('claim that tells one person from another for ever'),
    tenant: claimPath.optional().describe('claim that holds the tenant; left out: `accounts.tenants`, else one each'),
    groups: claimPath.optional().describe('claim that holds a group or a list of groups, for `accounts`'),
    role: claimPath.optional().describe('claim whose value `accounts.roles` has to map to a role'),
    scopes: claimPath
      .optional()
      .describe('claim that lists what a token may do, such as scope or scp: of its permissions these and no others'),
  })
  .prefault({})

const headerName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{1,63}$/, 'write the name of a header, such as X-Studio-Token')
const cookieName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'write the name of a cookie, such as studio_token')
/** Read by Gatehouse itself, or by what stands before it. */
const takenHeaders = /^(?:authorization|cookie|host|origin|x-api-key|content-.*|sec-.*|x-gatehouse-.*)$/i
const ownCookies = /^(?:__host-)?gatehouse/i

/** Loopback only, because nobody else on the way may choose the keys. */
export function isSafeKeyUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
}

const keySources = ['jwks_url', 'jwks', 'jwks_file', 'pem_file', 'secret_file', 'secret_env'] as const

const issuer = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/, 'write a short name in small letters, digits and dashes')
      .describe('a name for logs, and for tenants and accounts that come from it'),
    issuer: z.string().min(1).max(512).describe('what its tokens hold as `iss`, to the letter'),
    audience: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .describe('what its tokens must hold as `aud`: the name of this service, or a list of which one is enough'),
    jwks_url: z
      .string()
      .refine(isSafeKeyUrl, 'write an https address (http only for this machine itself), without name and password')
      .optional()
      .describe('where it publishes its keys; they are fetched again when they change'),
    jwks: z
      .looseObject({
        keys: z
          .array(z.looseObject({ kty: z.string() }))
          .min(1)
          .max(32),
      })
      .optional(),
    jwks_file: z.string().optional().describe('a file that holds such a set; obeyed when it changes'),
    pem_file: z.string().optional().describe('a file with PEM public keys or certificates; obeyed when it changes'),
    secret_file: z.string().optional().describe('a file that holds the shared secret of HS256, at least 32 bytes'),
    secret_env: z.string().optional().describe('an environment variable that holds the shared secret'),
    algorithms: z
      .array(z.enum(jwtAlgorithms))
      .min(1)
      .optional()
      .describe('left out: whatever fits the keys; the token never decides'),
    typ: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe('the only `typ` its tokens may have; left out: JWT, at+jwt or none'),
    clock_skew: durationMs
      .refine((ms) => ms <= 300_000, 'five minutes at most')
      .prefault('30s')
      .describe('by how much its clock may differ from ours'),
    max_age: durationMs.optional().describe('older tokens are refused, whatever they say; needs `iat`'),
    required: z.array(claimPath).default([]).describe('further claims that must be there'),
    allow_endless: z.boolean().default(false).describe('believe tokens without `exp`, which end never'),
    header: headerName
      .refine((name) => !takenHeaders.test(name), 'this header has a meaning of its own; choose another')
      .optional()
      .describe('a header that may carry the bare token, beside `Authorization: Bearer`'),
    cookie: cookieName
      .refine((name) => !ownCookies.test(name), 'that is the cookie of Gatehouse itself; choose another')
      .optional()
      .describe('a cookie that may carry it; the checks against other sites then apply'),
    from: z
      .array(trustedRange)
      .min(1)
      .optional()
      .describe('addresses or CIDR ranges of the gateway that sends its tokens: of the connection; left out: anywhere'),
    logout_url: logoutUrl
      .optional()
      .describe('where the gateway behind header or cookie ends its own session; signing out here goes there'),
    claims,
    accounts: accountsSchema,
  })
  .refine((entry) => keySources.filter((key) => entry[key] !== undefined).length === 1, {
    message: `name exactly one of ${keySources.join(', ')}`,
  })
  .refine(({ logout_url: url, header, cookie }) => url === undefined || header !== undefined || cookie !== undefined, {
    message: 'logout_url is for gateways: name the header or cookie in which they send the token',
  })
  .refine(({ claims: { role }, accounts: { roles } }) => role === undefined || Object.keys(roles).length > 0, {
    message: 'claims.role needs accounts.roles: say which of its values is which role',
  })
  .refine(
    ({ claims: { groups, role }, accounts }) => groups !== undefined || role !== undefined || isWithoutGroups(accounts),
    {
      message: 'accounts maps groups, but claims.groups does not say where they are',
    },
  )

export const jwtSchema = z
  .array(issuer)
  .max(16)
  .default([])
  .superRefine((entries, context) => {
    for (const key of ['name', 'cookie', 'header'] as const) {
      const values = entries.flatMap((entry) => entry[key]?.toLowerCase() ?? [])
      if (new Set(values).size < values.length)
        context.addIssue({ code: 'custom', message: `two have the same ${key}` })
    }
    const pairs = entries.flatMap((entry) => [entry.audience].flat().map((audience) => `${entry.issuer}\n${audience}`))
    if (new Set(pairs).size < pairs.length) {
      context.addIssue({ code: 'custom', message: 'two have the same issuer and audience' })
    }
  })
  .describe('issuers whose JSON Web Tokens prove people; see docs/identity/jwt.md')

export type JwtIssuerSettings = z.infer<typeof issuer>
