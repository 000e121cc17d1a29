/** What ends when the configuration or the store changes? Everything that follows one of them, begun and stopped together. */
import type { Audit } from '../audit/audit.ts'
import type { Environment } from '../config/env.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { AddressGate } from '../identity/address-lists.ts'
import type { IdentityServices } from '../identity/create-identity.ts'
import type { Log } from '../log.ts'
import { followAddresses } from './follow-addresses.ts'
import { followCertificates } from './follow-certificates.ts'
import { followGuest } from './follow-guest.ts'
import { followRights } from './follow-rights.ts'
import { followStaticKeys } from './follow-static-keys.ts'
import type { MethodSources } from './method-sources.ts'
import type { OpenedStore } from './open-store.ts'
import { findStaticKeys } from './read-secrets.ts'
import { closeRevoked } from './revocation.ts'
import type { Workers } from './workers.ts'

export interface Followers {
  readonly live: LiveConfig
  readonly environment: Environment
  readonly opened: OpenedStore
  readonly audit: Audit
  readonly addresses: AddressGate
  readonly sources: MethodSources
  readonly identity: IdentityServices
  readonly workers: Pick<Workers, 'all' | 'closeSockets'>
  readonly log: Log
}

/** Begins to follow; the answer ends it. @throws store_unavailable */
export async function followChanges(followers: Followers): Promise<() => void> {
  const { live, opened, audit, sources, identity, workers } = followers
  const { store, feed } = opened
  const hub = { close: workers.closeSockets }
  const rights = followRights({
    ...{ live, hub, feed, store, log: followers.log },
    ledgers: workers.all.map(({ ledger }) => ledger),
  })
  const find = () => findStaticKeys(live.current(), followers.environment)
  sources.jwtIssuers.onGone((isProvenBy) => hub.close(({ credentialId }) => isProvenBy(credentialId)))
  const stops = [
    sources.jwtIssuers.close,
    followStaticKeys({ live, identity, hub, ended: rights.ended, find }),
    followAddresses({ live, addresses: followers.addresses, hub }),
    followGuest(live, hub),
    followCertificates({ live, hub }),
    live.onChange(identity.endForeignTickets),
    sources.gateways.follow(hub),
    rights.stop,
    await sources.htpasswd.follow(store),
    await sources.oidc.follow({ store, resolve: identity.oidc.resolve, audit }),
    await sources.ldap.follow({ store, audit }),
    closeRevoked({ feed, store, hub, limits: identity.sessionLookup.limits }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
