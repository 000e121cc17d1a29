/** Which ways to prove oneself are on? Those of the configuration, beside passwords, keys and sessions. */
import type { Audit } from '../audit/audit.ts'
import type { Environment } from '../config/env.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { AddressGate } from '../identity/address-lists.ts'
import { createIdentity, type IdentityServices } from '../identity/create-identity.ts'
import type { SessionLimits } from '../identity/session-lookup.ts'
import type { OpenedStore } from './open-store.ts'
import { readStaticKeys } from './read-secrets.ts'

export interface IdentityParts {
  readonly opened: OpenedStore
  readonly live: LiveConfig
  readonly environment: Environment
  readonly publicScheme: 'http' | 'https'
  readonly audit: Audit
  readonly addresses: AddressGate
}

/** @throws ConfigError, bad_input, store_unavailable */
export async function buildIdentity({
  opened,
  live,
  environment,
  publicScheme,
  addresses,
}: IdentityParts): Promise<IdentityServices> {
  return createIdentity({
    store: opened.store,
    feed: opened.feed,
    publicScheme,
    addresses,
    staticKeys: readStaticKeys(live.current(), environment),
    sessionLimits: sessionLimits(live),
  })
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
