/** Which ways to prove oneself are in the matrix? All there are; the matrix itself fails for one that is not. */
import type { SignInMethod } from '../../../sidecar/src/store/store.ts'
import { byGuest, byLocalhost, bySession, byTicket } from './ambient-methods.ts'
import { byCertificate, byGateway, byJwt, byJwtCookie } from './issued-methods.ts'
import { byApiKey, byBasic, byBasicKey, byHtpasswd, bySessionToken, byStaticKey } from './key-methods.ts'
import { byBcrypt, byDirectory, byKeySession, byPasskey, byProvider, byService } from './login-methods.ts'
import type { Method } from './method.ts'

const all: readonly Method[] = [
  ...[bySession, byPasskey, byKeySession, byProvider],
  ...[byBasic, byBasicKey, byHtpasswd, byBcrypt, byDirectory],
  ...[byApiKey, byService, byStaticKey, bySessionToken, byTicket],
  ...[byJwt, byJwtCookie, byGateway, byCertificate, byLocalhost, byGuest],
]

for (const { missing } of all) if (missing !== undefined) console.warn(`SKIPPED in the matrix: ${missing}`)

export const methods: readonly Method[] = all.filter(({ missing }) => missing === undefined)

/** Every way to open a session: what is tried of it here, or where else it is. A new one does not compile without a line. */
export const sessionsBy: Readonly<Record<SignInMethod, Method | { readonly elsewhere: string }>> = {
  password: bySession,
  'api-key': byKeySession,
  passkey: byPasskey,
  oidc: byProvider,
  ldap: byDirectory,
  'trusted-header': byGateway,
  'device-link': { elsewhere: 'tests/identity/device-links.test.ts' },
  invitation: { elsewhere: 'tests/identity/invitations.test.ts' },
  impersonation: { elsewhere: 'tests/identity/administration.test.ts' },
}
