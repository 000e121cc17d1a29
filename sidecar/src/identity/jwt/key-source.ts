/** Which keys of an issuer are known now? Fixed ones, or those it publishes, fetched again in bounds. */
import { GatehouseError } from '../../gatehouse-error.ts'
import type { VerificationKey } from './verification-key.ts'

export type KeySet = readonly VerificationKey[]

export interface KeySource {
  /** Whether they change with the configuration only. */
  readonly isFixed: boolean
  /** Never waits. Another array means other keys: what was proven with the earlier ones has to be proven again. */
  current(): KeySet | undefined
  /** Those that may have signed a token with this header. @throws issuer_down while none at all are known */
  find(keyId: string | undefined, algorithm: string): Promise<KeySet>
}

export interface RemoteKeysDependencies {
  /** One fetch of the whole set. */
  readonly load: () => Promise<KeySet>
  readonly now: () => number
  /** Told of each failed fetch. */
  readonly failed: (error: unknown) => void
}

/** Milliseconds. */
export const keyTimes = {
  /** From here on the next use fetches them again, without waiting for it. */
  refresh: 5 * 60_000,
  /** From here on it waits, so that a key taken back counts no longer than that while the issuer answers. */
  stale: 10 * 60_000,
  /** While the issuer does not answer, its last keys count so long and no longer. */
  kept: 24 * 60 * 60_000,
  /** Between two fetches: whoever invents key ids makes no more of them. */
  coolDown: 10_000,
} as const

/** More keys than this under one id (or none) are not all tried: each costs a signature check. */
const candidateLimitCount = 4

export function createFixedKeys(keys: KeySet): KeySource {
  return { isFixed: true, current: () => keys, find: async (keyId, algorithm) => candidates(keys, keyId, algorithm) }
}

export function createRemoteKeys({ load, now, failed }: RemoteKeysDependencies): KeySource {
  let known: { readonly keys: KeySet; readonly loadedAtMs: number } | undefined
  let triedAtMs = Number.NEGATIVE_INFINITY
  let loading: Promise<void> | undefined
  const ageMs = () => (known === undefined ? Number.POSITIVE_INFINITY : now() - known.loadedAtMs)
  const usable = () => (ageMs() < keyTimes.kept ? known?.keys : undefined)
  const fetchOnce = async () => {
    try {
      const keys = await load()
      known = { keys: known !== undefined && isSameSet(keys, known.keys) ? known.keys : keys, loadedAtMs: now() }
    } catch (error) {
      failed(error)
    } finally {
      triedAtMs = now()
      loading = undefined
    }
  }
  /** One fetch at a time, and none during the cool-down. */
  const refresh = async () => {
    if (loading === undefined && now() - triedAtMs < keyTimes.coolDown) return
    loading ??= fetchOnce()
    await loading
  }
  return {
    isFixed: false,
    current: () => {
      if (ageMs() >= keyTimes.refresh) void refresh()
      return usable()
    },
    find: async (keyId, algorithm) => {
      if (ageMs() >= keyTimes.stale) await refresh()
      else if (ageMs() >= keyTimes.refresh) void refresh()
      const found = candidates(usable() ?? [], keyId, algorithm)
      if (found.length === 0) await refresh()
      const keys = usable()
      if (keys === undefined) throw new GatehouseError('issuer_down')
      return found.length === 0 ? candidates(keys, keyId, algorithm) : found
    },
  }
}

function candidates(keys: KeySet, keyId: string | undefined, algorithm: string): KeySet {
  const fitting = keys.filter(
    ({ id, algorithms }) => algorithms.includes(algorithm) && (id === undefined || keyId === undefined || id === keyId),
  )
  return fitting.length > candidateLimitCount ? [] : fitting
}

export function isSameSet(keys: KeySet | undefined, others: KeySet | undefined): boolean {
  if (keys === undefined || others === undefined || keys.length !== others.length) return false
  return keys.every(({ id, algorithms, key }, index) => {
    const other = others[index]
    return (
      other !== undefined && other.id === id && other.algorithms.join() === algorithms.join() && other.key.equals(key)
    )
  })
}
