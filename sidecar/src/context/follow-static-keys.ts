/** What happens when the operator's fixed keys change? Those that are gone prove nothing more, and what they opened and queued ends. */
import { ConfigError } from '../config/config.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { Hub } from '../hub/hub.ts'
import type { IdentityServices } from '../identity/create-identity.ts'
import type { StaticKey } from '../identity/static-key.ts'
import type { FoundStaticKeys } from './read-secrets.ts'

export interface StaticKeysDependencies {
  readonly live: LiveConfig
  readonly identity: Pick<IdentityServices, 'replaceStaticKeys'>
  readonly hub: Pick<Hub, 'close'>
  /** Told of each that is gone: a new one of its name is another one. */
  readonly ended: (name: string) => void
  readonly find: () => FoundStaticKeys
}

/** The result ends it. */
export function followStaticKeys({ live, identity, hub, ended, find }: StaticKeysDependencies): () => void {
  let known = find().keys
  const use = (next: readonly StaticKey[]): void => {
    identity.replaceStaticKeys(next)
    known = next
  }
  return live.onChange(() => {
    const { keys, problems } = find()
    const found = new Set(keys.map(fingerprint))
    const gone = new Set(known.filter((key) => !found.has(fingerprint(key))).map(({ name }) => name))
    // What is gone ends first: another one that cannot be read, or is none, must not keep it.
    use(known.filter((key) => found.has(fingerprint(key))))
    for (const name of gone) ended(name)
    if (gone.size > 0) hub.close(({ credentialId }) => gone.has(credentialId))
    use(keys)
    if (problems.length > 0) throw new ConfigError(problems)
  })
}

function fingerprint({ name, key, user }: StaticKey): string {
  return JSON.stringify([name, key, user])
}
