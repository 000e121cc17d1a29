/** Which ways to prove oneself are on? Those of the configuration, beside passwords, keys and sessions. */
import type { RoleName } from '@gatehouse/shared/roles'
import type { Audit } from '../audit/audit.ts'
import { ConfigError } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { AddressGate } from '../identity/address-lists.ts'
import { createClientCertificateMethod } from '../identity/client-certificate.ts'
import { createIdentity, type IdentityServices } from '../identity/create-identity.ts'
import { createResolveExternal } from '../identity/external-account.ts'
import { isGivenName } from '../identity/given-names.ts'
import { createGuest, guestProblem } from '../identity/guest.ts'
import { createJwtMethods } from '../identity/jwt/jwt-methods.ts'
import { createLocalTrust } from '../identity/local-trust.ts'
import { joinMethods } from '../identity/method.ts'
import { createIsOwnHost } from '../identity/own-host.ts'
import { createPasswords } from '../identity/password.ts'
import type { SessionLimits } from '../identity/session-lookup.ts'
import { createTrustedHeaderMethod } from '../identity/trusted-header.ts'
import { watchCredentials } from '../identity/watch-credentials.ts'
import type { MethodSources } from './method-sources.ts'
import type { OpenedStore } from './open-store.ts'
import { readStaticKeys } from './read-secrets.ts'
import { originsOf } from './warn-of-unknown-names.ts'

export interface IdentityParts {
  readonly opened: OpenedStore
  readonly live: LiveConfig
  readonly environment: Environment
  readonly publicScheme: 'http' | 'https'
  readonly audit: Audit
  readonly addresses: AddressGate
  readonly sources: MethodSources
}

/** @throws ConfigError, bad_input, store_unavailable */
export async function buildIdentity({
  opened,
  live,
  environment,
  publicScheme,
  audit,
  addresses,
  sources,
}: IdentityParts): Promise<IdentityServices> {
  const { store, feed } = opened
  const { jwtIssuers, gateways, htpasswd, oidc, ldap } = sources
  const { users, linkedIdentities } = store
  const resolveExternal = createResolveExternal({
    ...{ users, linkedIdentities, feed, audit },
    isGivenName: (name) => isGivenName(live.current(), name),
  })
  const now = Date.now
  const isOwnHost = createIsOwnHost(() => originsOf(live.current()))
  const trustedHeader = createTrustedHeaderMethod({ gateways: gateways.current, resolveExternal, isOwnHost, now })
  const certificate = createClientCertificateMethod({
    current: () => live.current().auth.client_certificates,
    users,
    now,
  })
  const local = createLocalTrust({ current: live.current, users, now })
  const guestParts = {
    current: live.current,
    users,
    permissionsOf: (role: RoleName) => live.roles().permissionsOf(role),
  }
  const problem = await guestProblem(guestParts)
  if (problem !== undefined) throw new ConfigError([problem])
  const guest = createGuest({ ...guestParts, now })
  const passwords = createPasswords()
  const services = await createIdentity({
    store,
    feed,
    publicScheme,
    addresses,
    staticKeys: readStaticKeys(live.current(), environment),
    sessionLimits: sessionLimits(live),
    oidc: { ...oidc, resolveExternal },
    passwords,
    passwordSources: [htpasswd.sourceOf({ passwords, resolveExternal }), ldap.sourceOf({ resolveExternal })],
    methods: joinMethods(
      { requests: [trustedHeader, certificate], strangers: [local, guest] },
      // Last, because it takes every text for its own that has the form of a JSON Web Token.
      createJwtMethods({ issuers: jwtIssuers.current, resolveExternal, feed, now }),
    ),
  })
  return { ...services, authenticate: watchCredentials({ authenticate: services.authenticate, users, audit }) }
}

/** Read at the moment of use, so that a changed limit holds for sessions that are open. */
function sessionLimits(live: LiveConfig): SessionLimits {
  return {
    get idleMs() {
      return live.current().auth.session_idle
    },
    get absoluteMs() {
      return live.current().auth.session_absolute
    },
  }
}
