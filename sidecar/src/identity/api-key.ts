/** Whose API key is this? `gh_<id>_<secret>`, found by its public half, proven by the hash of its secret half. */
import { crc32 } from 'node:zlib'
import type { ApiKeyId, UserId } from '@gatehouse/shared/ids'
import type { Permission } from '@gatehouse/shared/roles'
import type { ApiKeyRecord, ApiKeys } from '../store/api-keys.ts'
import { randomText } from '../store/random-id.ts'
import type { ChangeFeed } from '../store/store.ts'
import { type AddressGate, admitSilently } from './address-lists.ts'
import { isSameDigest, sha256Hex } from './constant-time.ts'
import { createRevocableCache } from './revocable-cache.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const idLength = 12
/** 238 bits, so that one round of SHA-256 is enough at rest. */
const secretLength = 40
/** Of what stands before it, so that a scanner knows a key from a look-alike without asking anybody. */
const checksumLength = 6
const shape = /^gh_(?<id>[A-Za-z0-9]{12})_(?<secret>[A-Za-z0-9]{32,64})$/

/** Between two notes of the last use. */
const touchIntervalMs = 60_000

export interface ApiKeyProof {
  readonly keyId: ApiKeyId
  readonly userId: UserId
  readonly expiresAtMs: number | null
  /** What it is limited to; null: whatever its owner may do. */
  readonly scopes: ReadonlySet<Permission> | null
  /** The one published workflow it may run; null: any graph. */
  readonly workflow: string | null
  /** Where it may come from; null: anywhere. */
  readonly addresses: readonly string[] | null
  /** Whether it may do less than its owner, or not from everywhere. */
  readonly isLimited: boolean
}

export interface ApiKeyCheck {
  /** Whether a text is meant as an API key at all. */
  looksLikeKey(text: string): boolean
  /** Undefined for unknown, revoked and expired keys alike. @throws address_refused for a right one from elsewhere */
  verify(text: string, clientAddress: string): Promise<ApiKeyProof | undefined>
}

export interface ApiKeyCheckDependencies {
  readonly apiKeys: ApiKeys
  readonly feed: ChangeFeed
  readonly now: () => number
  readonly addresses?: Pick<AddressGate, 'admitCredential'> | undefined
}

export interface MintedKey {
  readonly id: ApiKeyId
  /** Shown once, then gone. */
  readonly key: string
  readonly secretHash: string
}

/** A new key for `store.apiKeys.add`. */
export function mintApiKey(): MintedKey {
  const id = randomText(alphabet, idLength)
  const random = randomText(alphabet, secretLength)
  const secret = `${random}${checksumOf(`gh_${id}_${random}`)}`
  return { id: parseApiKeyId(id), key: `gh_${id}_${secret}`, secretHash: sha256Hex(secret) }
}

/** The halves of a whole key; undefined for what cannot be one. Keys of older versions have no checksum. */
export function parseApiKey(text: string): { readonly id: ApiKeyId; readonly secret: string } | undefined {
  const groups = shape.exec(text)?.groups
  if (groups?.id === undefined || groups.secret === undefined) return undefined
  const { id, secret } = groups
  const isNew = secret.length === secretLength + checksumLength
  if (isNew && checksumOf(text.slice(0, -checksumLength)) !== text.slice(-checksumLength)) return undefined
  return { id: parseApiKeyId(id), secret }
}

/** CRC-32 in base 62, as the keys of other services have it. */
function checksumOf(text: string): string {
  let rest = crc32(text)
  let digits = ''
  while (digits.length < checksumLength) {
    digits = `${alphabet.charAt(rest % alphabet.length)}${digits}`
    rest = Math.floor(rest / alphabet.length)
  }
  return digits
}

/** Compared where there is no record, so that an unknown id costs what a wrong secret costs. */
const digestOfNothing = sha256Hex('')

export function createApiKeyCheck({
  apiKeys,
  feed,
  now,
  addresses = admitSilently,
}: ApiKeyCheckDependencies): ApiKeyCheck {
  const cache = createRevocableCache<ApiKeyRecord>({
    feed,
    max: 2_000,
    ttlMs: 60_000,
    userOf: ({ userId }) => userId,
    isAffected: ({ id }, change) => change.kind !== 'api-key' || change.credentialId === id,
  })
  const touchedAtMs = new Map<ApiKeyId, number>()
  const touch = async (record: ApiKeyRecord, address: string) => {
    const last = touchedAtMs.get(record.id) ?? record.lastUsedAtMs ?? 0
    if (now() - last < touchIntervalMs) return
    if (touchedAtMs.size > 10_000) touchedAtMs.clear()
    touchedAtMs.set(record.id, now())
    await apiKeys.touch(record.id, now(), address)
  }
  return {
    looksLikeKey: (text) => text.startsWith('gh_'),
    verify: async (text, clientAddress) => {
      const key = parseApiKey(text)
      if (key === undefined) return undefined
      const { id, secret } = key
      const record = await cache.get(id, () => apiKeys.find(id))
      const isRight = isSameDigest(record?.secretHash ?? digestOfNothing, sha256Hex(secret))
      if (record === undefined || !isRight) return undefined
      if (record.expiresAtMs !== null && record.expiresAtMs <= now()) return undefined
      if (record.addresses !== null) addresses.admitCredential(clientAddress, record.addresses, `key ${record.id}`)
      await touch(record, clientAddress)
      const { id: keyId, userId, expiresAtMs, workflow, addresses: ranges } = record
      const scopes = record.scopes === null ? null : new Set(record.scopes)
      const isLimited = scopes !== null || workflow !== null || record.addresses !== null
      return { keyId, userId, expiresAtMs, workflow, scopes, addresses: ranges, isLimited }
    },
  }
}

/** Brands what came from outside; only a look-up says whether it exists. */
export function parseApiKeyId(text: string): ApiKeyId {
  return text as ApiKeyId
}
