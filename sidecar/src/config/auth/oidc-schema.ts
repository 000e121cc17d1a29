/** Which providers do people log in at, in their browser? The `auth.oidc` section. */
import { z } from 'zod'
import { durationMs } from '../units.ts'
import { accountsSchema, isWithoutGroups } from './accounts-schema.ts'
import { claimPath, isSafeKeyUrl } from './jwt-schema.ts'

const claims = z
  .strictObject({
    user: claimPath.default('preferred_username').describe('claim that holds the user name'),
    tenant: claimPath.optional().describe('claim that holds the tenant; left out: `accounts.tenants`, else one each'),
    groups: claimPath.optional().describe('claim that holds a group or a list of groups, for `accounts`'),
  })
  .prefault({})

const provider = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/, 'write a short name in small letters, digits and dashes')
      .describe('a name for addresses and logs, and for tenants and accounts that come from it'),
    label: z.string().min(1).max(64).optional().describe('what the button of the login page says; left out: the name'),
    issuer: z
      .string()
      .max(512)
      .refine(
        (text) => isSafeKeyUrl(text) && URL.parse(text)?.search === '',
        'write its https address (http only on this machine itself), as it writes it: without name, password and query',
      )
      .describe('the address whose /.well-known/openid-configuration describes the provider'),
    client_id: z.string().min(1).max(512).describe('what the provider calls this Gatehouse'),
    client_secret_file: z.string().optional().describe('a file that holds the secret of the client'),
    client_secret_env: z
      .string()
      .optional()
      .describe('an environment variable that holds it; neither: a public client'),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, 'write the name of a scope, such as groups'))
      .max(32)
      .default(['profile'])
      .describe('what is asked for beside openid; offline_access, where the provider wants it, for recheck'),
    claims,
    second_factor_acr: z
      .array(z.string().min(1).max(256))
      .max(16)
      .default([])
      .describe('values of `acr` that mean a second factor; `amr` is understood by itself'),
    recheck: durationMs
      .refine((ms) => ms >= 1_000, 'one second at least')
      .optional()
      .describe('how often the provider is asked whether the person still is somebody there; left out: never'),
    suspend_missing: z
      .boolean()
      .default(false)
      .describe('a recheck that fails suspends the account with its keys until the next login through the provider'),
    logout: z
      .enum(['local', 'provider'])
      .default('local')
      .describe('provider: signing out here goes to the sign-out page of the provider, too'),
    accounts: accountsSchema,
  })
  .refine(
    ({ client_secret_file: file, client_secret_env: variable }) => file === undefined || variable === undefined,
    'name client_secret_file or client_secret_env, not both',
  )
  .refine(
    ({ claims: { groups }, accounts }) => groups !== undefined || isWithoutGroups(accounts),
    'accounts maps groups, but claims.groups does not say where they are',
  )
  // Attack: whoever may change their address at the provider is then anybody here (Grafana CVE-2022-31107).
  .refine(
    ({ claims: { user }, accounts }) => accounts.names === 'own' || !/(?:^|[._])e-?mail/i.test(user),
    'accounts.names: shared needs a claim that nobody chooses themselves; claims.user is an e-mail address',
  )
  .refine(
    ({ suspend_missing: suspends, recheck }) => !suspends || recheck !== undefined,
    'suspend_missing needs recheck: say how often the provider is asked',
  )

export const oidcSchema = z
  .array(provider)
  .max(16)
  .default([])
  .superRefine((entries, context) => {
    for (const key of ['name', 'issuer'] as const) {
      const values = entries.map((entry) => entry[key].replace(/\/$/, ''))
      if (new Set(values).size < values.length)
        context.addIssue({ code: 'custom', message: `two have the same ${key}` })
    }
  })
  .describe('providers at which people log in in their browser (OpenID Connect); see docs/identity/oidc.md')

export type OidcSettings = z.infer<typeof provider>
