/** Which ways to prove oneself are configured? The `auth` section, put together from one file for each of them. */
import { z } from 'zod'
import { accountsSchema } from './auth/accounts-schema.ts'
import { clientCertificatesSchema } from './auth/client-certificate-schema.ts'
import { guestSchema } from './auth/guest-schema.ts'
import { jwtSchema } from './auth/jwt-schema.ts'
import { ldapSchema } from './auth/ldap-schema.ts'
import { localhostSchema } from './auth/localhost-schema.ts'
import { oidcSchema } from './auth/oidc-schema.ts'
import { registrationSettings } from './auth/registration-schema.ts'
import { trustedHeadersSchema } from './auth/trusted-header-schema.ts'
import { durationMs } from './units.ts'

const staticKey = z
  .strictObject({
    name: z.string().min(1).max(64).describe('a name for logs and listings'),
    user: z.string().min(1).describe('the user whom the key stands for'),
    file: z.string().optional().describe('a file that holds the key and nothing else'),
    env: z.string().optional().describe('an environment variable that holds the key'),
  })
  .refine((key) => (key.file === undefined) !== (key.env === undefined), 'name either file or env')

export const authSchema = z
  .strictObject({
    session_idle: durationMs.prefault('24h').describe('a session ends when it was not used for so long'),
    session_absolute: durationMs.prefault('30d').describe('a session ends after so long, used or not'),
    jobs_at_logout: z
      .enum(['cancel', 'cancel_waiting', 'keep'])
      .default('cancel')
      .describe(
        'what becomes of the jobs of a session that its person signs out of; cancel_waiting lets the one that runs go on',
      ),
    htpasswd_file: z
      .string()
      .min(1)
      .optional()
      .describe('a list of NAME:HASH lines, bcrypt or argon2id, of people who log in with those passwords'),
    htpasswd_accounts: accountsSchema.describe('what becomes of the people of that list'),
    static_keys: z
      .array(staticKey)
      .default([])
      // What one of them opened and queued ends with it, and is known by its name.
      .refine(
        (keys) => new Set(keys.map(({ name }) => name)).size === keys.length,
        'two have the same name: name each once',
      )
      .describe('fixed keys of the operator, each standing for one user'),
    ...registrationSettings,
    jwt: jwtSchema,
    oidc: oidcSchema,
    ldap: ldapSchema,
    client_certificates: clientCertificatesSchema,
    trusted_headers: trustedHeadersSchema,
    localhost: localhostSchema,
    guest: guestSchema,
  })
  .prefault({})
