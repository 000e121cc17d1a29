/** Which secrets of one purpose count right now? Read again as soon as any process rotates them. */
import type { SecretKeys, SecretPurpose, Secrets } from '../store/secrets.ts'
import type { ChangeFeed } from '../store/store.ts'

export interface LiveSecret {
  /** Newest first: the first one signs, all of them verify. */
  current(): SecretKeys
}

export interface LiveSecretDependencies {
  readonly secrets: Pick<Secrets, 'load'>
  readonly feed: ChangeFeed
  readonly now: () => number
}

/** @throws store_unavailable */
export async function followSecret(
  { secrets, feed, now }: LiveSecretDependencies,
  purpose: SecretPurpose,
): Promise<LiveSecret> {
  let keys = await secrets.load(purpose)
  const reload = async (): Promise<void> => {
    keys = await secrets.load(purpose)
  }
  feed.subscribe((event) => {
    if (event.kind !== 'changed' || event.change.kind !== 'secret' || event.change.credentialId !== purpose) return
    // A store that cannot be read says so to everybody else, too; the keys that are known stay.
    reload().catch(() => undefined)
  })
  return {
    current: () => {
      const [newest, ...older] = keys
      return [newest, ...older.filter(({ expiresAtMs }) => expiresAtMs === null || expiresAtMs > now())]
    },
  }
}
