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

const retryMs = 250

/** @throws store_unavailable */
export async function followSecret(
  { secrets, feed, now }: LiveSecretDependencies,
  purpose: SecretPurpose,
): Promise<LiveSecret> {
  let keys = await secrets.load(purpose)
  const reload = async (): Promise<void> => {
    try {
      keys = await secrets.load(purpose)
    } catch {
      // A store that cannot be read says so to everybody else, too. What was rotated away must not count for ever.
      setTimeout(() => void reload(), retryMs).unref()
    }
  }
  feed.subscribe((event) => {
    if (event.kind !== 'changed' || event.change.kind !== 'secret' || event.change.credentialId !== purpose) return
    void reload()
  })
  return {
    current: () => {
      const [newest, ...older] = keys
      return [newest, ...older.filter(({ expiresAtMs }) => expiresAtMs === null || expiresAtMs > now())]
    },
  }
}
