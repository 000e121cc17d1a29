/** Who does a Basic header prove? A password costs argon2id once; then a keyed fingerprint remembers it for a while. */
import { createHmac, randomBytes } from 'node:crypto'
import type { UserId } from '@gatehouse/shared/ids'
import { GatehouseError } from '../gatehouse-error.ts'
import type { ChangeFeed, Users } from '../store/store.ts'
import type { ApiKeyCheck } from './api-key.ts'
import { type BasicPair, parseBasic, runBasicStrategy } from './basic.ts'
import type { PasswordCheck } from './password-check.ts'
import type { Proof, Proven } from './proof.ts'
import { createRevocableCache } from './revocable-cache.ts'
import type { StaticKeyCheck } from './static-key.ts'
import { canonicalUserName } from './user-name.ts'

/** @throws unauthenticated, bad_credentials, too_many_attempts */
export type BasicIdentity = (token: string, clientAddress: string) => Promise<Proven>

export interface BasicIdentityDependencies {
  readonly users: Users
  readonly apiKeyCheck: ApiKeyCheck
  readonly staticKeyCheck: StaticKeyCheck
  readonly passwordCheck: PasswordCheck
  readonly feed: ChangeFeed
  readonly now: () => number
}

/** Milliseconds for which a proven password is believed without argon2id. */
const rememberedMs = 5 * 60_000

export function createBasicIdentity(dependencies: BasicIdentityDependencies): BasicIdentity {
  const remembered = createRevocableCache<Proven>({
    feed: dependencies.feed,
    max: 500,
    ttlMs: rememberedMs,
    isAffected: ({ identity }, change) => identity.userId === change.userId,
  })
  // Lives in this process's memory only, so that a remembered fingerprint is worth nothing elsewhere.
  const fingerprintKey = randomBytes(32)
  return async (token, clientAddress) => {
    const pair = parseBasic(token)
    if (pair === undefined) throw new GatehouseError('unauthenticated', { detail: 'odd Basic credentials' })
    const fingerprint = createHmac('sha256', fingerprintKey).update(JSON.stringify(pair)).digest('base64url')
    const known = remembered.peek(fingerprint)
    if (known !== undefined) return known
    const startedAt = remembered.mark()
    const proven = await runBasicStrategy(pair, (judged) => provePair(dependencies, judged, clientAddress))
    // A key is cheap to check, and has an expiry that has to be looked at every time.
    if (proven.proof === 'password') remembered.put(fingerprint, proven, startedAt)
    return proven
  }
}

async function provePair(
  dependencies: BasicIdentityDependencies,
  pair: BasicPair,
  clientAddress: string,
): Promise<Proven> {
  const { now } = dependencies
  const credentialId = await keyBehind(dependencies, pair.password)
  if (credentialId === undefined) {
    const member = await dependencies.passwordCheck(pair, clientAddress)
    return proven(member.id, `basic:${member.id}`, 'password', now())
  }
  const name = canonicalUserName(pair.username)
  const member = name === undefined ? undefined : await dependencies.users.findByName(name)
  const isOwner = credentialId.userId === undefined ? credentialId.user === name : credentialId.userId === member?.id
  if (member === undefined || !isOwner) throw new GatehouseError('bad_credentials')
  return proven(member.id, credentialId.id, 'key', now())
}

interface KeyBehind {
  readonly id: string
  /** The owner: by id for an API key, by canonical name for a static one. */
  readonly userId?: UserId
  readonly user?: string
}

/** The key that stands where a password should; undefined when it is no key. */
async function keyBehind(
  { apiKeyCheck, staticKeyCheck }: BasicIdentityDependencies,
  password: string,
): Promise<KeyBehind | undefined> {
  const fixed = staticKeyCheck(password)
  if (fixed !== undefined) return { id: fixed.name, user: fixed.user }
  const key = await apiKeyCheck.verify(password)
  return key === undefined ? undefined : { id: key.keyId, userId: key.userId }
}

function proven(userId: UserId, credentialId: string, proof: Proof, provenAtMs: number): Proven {
  return { kind: 'identity', identity: { userId, method: 'basic', credentialId, provenAtMs }, proof }
}
