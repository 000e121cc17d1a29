/** What happens when the operator's fixed keys change? Those that are gone prove nothing more, and their sockets close. */
import type { LiveConfig } from '../config/live-config.ts'
import type { Hub } from '../hub/hub.ts'
import type { IdentityServices } from '../identity/create-identity.ts'
import type { StaticKey } from '../identity/static-key.ts'

export interface StaticKeysDependencies {
  readonly live: LiveConfig
  readonly identity: Pick<IdentityServices, 'replaceStaticKeys'>
  readonly hub: Pick<Hub, 'close'>
  /** @throws ConfigError */
  readonly read: () => readonly StaticKey[]
}

/** The result ends it. */
export function followStaticKeys({ live, identity, hub, read }: StaticKeysDependencies): () => void {
  let known = read()
  return live.onChange(() => {
    const next = read()
    identity.replaceStaticKeys(next)
    const kept = new Set(next.map(fingerprint))
    const gone = new Set(known.filter((key) => !kept.has(fingerprint(key))).map(({ name }) => name))
    known = next
    if (gone.size > 0) hub.close(({ credentialId }) => gone.has(credentialId))
  })
}

function fingerprint({ name, key, user }: StaticKey): string {
  return JSON.stringify([name, key, user])
}
