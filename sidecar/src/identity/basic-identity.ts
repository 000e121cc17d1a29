/** Who does a Basic header prove? A password costs argon2id once; then a keyed fingerprint remembers it for a while. */
import { hash, randomBytes } from 'node:crypto'
import { GatehouseError } from '../gatehouse-error.ts'
import type { ChangeFeed, Users } from '../store/store.ts'
import { type BasicPair, parseBasic, runBasicStrategy } from './basic.ts'
import type { CredentialInput } from './credentials.ts'
import { oneFactor } from './fresh-proof.ts'
import type { KeyGuesses } from './key-guesses.ts'
import { keyBehind } from './key-methods.ts'
import type { TokenMethod } from './method.ts'
import type { PasswordCheck } from './password-check.ts'
import type { ProvenMember } from './password-source.ts'
import type { Proven } from './proof.ts'
import { createRevocableCache } from './revocable-cache.ts'
import type { SecondFactor } from './second-factor.ts'
import { canonicalUserName } from './user-name.ts'

/** @throws unauthenticated, bad_credentials, second_factor_needed, too_many_attempts */
export type BasicIdentity = (token: string, request: CredentialInput) => Promise<Proven>

export interface BasicIdentityDependencies {
  readonly users: Users
  /** Kinds of key that may stand where the password should. */
  readonly keyMethods: readonly TokenMethod[]
  readonly guesses: Pick<KeyGuesses, 'wrong'>
  readonly passwordCheck: PasswordCheck
  readonly secondFactor: SecondFactor
  readonly feed: ChangeFeed
  readonly now: () => number
}

interface Remembered {
  readonly proven: Proven
  /** Of whoever vouched for the password. */
  readonly isStillMeant: () => boolean
}

/** Milliseconds for which a proven password is believed without argon2id. */
const rememberedMs = 5 * 60_000

export function createBasicIdentity(dependencies: BasicIdentityDependencies): BasicIdentity {
  const remembered = createRevocableCache<Remembered>({
    feed: dependencies.feed,
    max: 500,
    ttlMs: rememberedMs,
    userOf: ({ proven }) => proven.identity.userId,
  })
  // Lives in this process's memory only, so that a remembered fingerprint is worth nothing elsewhere.
  const fingerprintKey = randomBytes(32).toString('hex')
  const underWay = createUnderWay<ProvenMember>()
  return async (token, request) => {
    const fingerprint = hash('sha256', `${fingerprintKey}${token}`, 'base64url')
    const known = remembered.peek(fingerprint)
    if (known?.isStillMeant() === true) return known.proven
    const pair = parseBasic(token)
    if (pair === undefined) throw new GatehouseError('unauthenticated', { detail: 'odd Basic credentials' })
    const startedAt = remembered.mark()
    // Programs open several connections at once: the same words from the same place are one try, and wait for one answer.
    const asked = `${startedAt} ${fingerprint} ${request.clientAddress}`
    const passwordCheck: PasswordCheck = (judged, address) =>
      underWay(asked, () => dependencies.passwordCheck(judged, address))
    const found = await runBasicStrategy(pair, (judged) =>
      provePair({ ...dependencies, passwordCheck }, judged, request),
    )
    if (!found.isStillMeant()) throw new GatehouseError('bad_credentials')
    // A key is cheap to check, and has an expiry that has to be looked at every time.
    if (found.proven.proof === 'person') remembered.put(fingerprint, found, startedAt)
    return found.proven
  }
}

/** Whoever asks the same while it is being found out gets the same answer. */
function createUnderWay<Value>(): (key: string, find: () => Promise<Value>) => Promise<Value> {
  const finding = new Map<string, Promise<Value>>()
  return (key, find) => {
    const known = finding.get(key)
    if (known !== undefined) return known
    const begun = find().finally(() => finding.delete(key))
    finding.set(key, begun)
    return begun
  }
}

async function provePair(
  { users, keyMethods, guesses, passwordCheck, secondFactor, now }: BasicIdentityDependencies,
  pair: BasicPair,
  request: CredentialInput,
): Promise<Remembered> {
  const key = await keyBehind(keyMethods, pair.password, request).catch(async (error: unknown) => {
    // A right fixed key that has to wait takes as long as a wrong password.
    await passwordCheck(pair, request.clientAddress).catch(() => undefined)
    throw error
  })
  if (key === undefined) {
    const { id, isStillMeant = always } = await passwordCheck(pair, request.clientAddress).catch(
      async (error: unknown) => {
        // Attack: fixed keys, guessed where passwords stand.
        await guesses.wrong(request.clientAddress)
        throw error
      },
    )
    // The header has no place for a code: a password that needs one opens nothing here.
    await secondFactor.check({ id }, {}, { address: request.clientAddress })
    const identity = {
      ...({ userId: id, method: 'basic', credentialId: `basic:${id}`, provenAtMs: now() } as const),
      ...oneFactor,
    }
    return { proven: { kind: 'identity', identity, proof: 'person' }, isStillMeant }
  }
  const name = canonicalUserName(pair.username)
  const member = name === undefined ? undefined : await users.findByName(name)
  if (member === undefined || member.id !== key.identity.userId) throw new GatehouseError('bad_credentials')
  return { proven: { ...key, identity: { ...key.identity, method: 'basic' } }, isStillMeant: always }
}

function always(): boolean {
  return true
}
