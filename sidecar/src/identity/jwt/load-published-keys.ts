/** Which keys does an issuer publish? Its key set through jwks-rsa, weak keys left out. */
import { JwksClient } from 'jwks-rsa'
import { isRecord } from './claims.ts'
import type { KeySet } from './key-source.ts'
import { createVerificationKey, readKey, WeakKeyError } from './verification-key.ts'

/** Fetches a small JSON document; the one place that decides how (no redirects, bounded size and time). */
export type FetchDocument = (url: string) => Promise<unknown>

export interface PublishedKeysDependencies {
  readonly fetchDocument: FetchDocument
  /** Told of each key that is left out, and why. */
  readonly skipped: (keyId: string | undefined, reason: string) => void
}

const keyLimitCount = 100

/**
 * Caching and rate limits of jwks-rsa stay off: it counts per key id, so that invented ids would use up the fetches that
 * a rotated key needs (`key-source.ts` bounds them for the whole set instead).
 */
export async function loadPublishedKeys(
  url: string,
  { fetchDocument, skipped }: PublishedKeysDependencies,
): Promise<KeySet> {
  const fetcher = async (address: string) => parseKeySet(await fetchDocument(address))
  const client = new JwksClient({ jwksUri: url, fetcher, cache: false, rateLimit: false })
  const published = await client.getSigningKeys()
  return published.flatMap((entry) => {
    // jwks-rsa's types promise an id and an algorithm that many sets do not have.
    const { kid: id, alg: algorithm }: { readonly kid?: string; readonly alg?: string } = entry
    try {
      return [createVerificationKey(readKey(entry.getPublicKey()), { id, algorithm })]
    } catch (error) {
      if (!(error instanceof WeakKeyError)) throw error
      skipped(id, error.message)
      return []
    }
  })
}

function parseKeySet(value: unknown): { readonly keys: readonly unknown[] } {
  const keys = isRecord(value) ? value.keys : undefined
  if (!Array.isArray(keys) || keys.length > keyLimitCount) throw new Error('the answer is no JSON Web Key Set')
  return { keys: keys.filter(isRecord) }
}
