/** Is the signature right, and do the registered claims hold? passport-jwt and jose both have to say so. */
import { isDeepStrictEqual } from 'node:util'
import { errors, type JWTPayload, jwtVerify } from 'jose'
import { type SecretOrKeyProvider, Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt'
import { runStrategy } from '../passport-strategy.ts'
import { type ClaimPath, findClaim } from './claims.ts'
import type { UnprovenToken } from './parse-token.ts'
import { refusedToken } from './refused-token.ts'
import type { VerificationKey } from './verification-key.ts'

export interface TokenRules {
  readonly issuer: string
  readonly audiences: readonly string[]
  /** Undefined: whatever fits the key. */
  readonly algorithms: readonly string[] | undefined
  readonly type: string | undefined
  readonly skewMs: number
  readonly maxAgeMs: number | undefined
  readonly mayBeEndless: boolean
  readonly required: readonly ClaimPath[]
}

/** What an access token or an ID token calls itself; those for other ends (`logout+jwt`, `dpop+jwt`) are none of them. */
const usualTypes: ReadonlySet<string> = new Set(['jwt', 'at+jwt'])

/** Before any key is looked for. @throws unauthenticated */
export function refuseByHeader({ algorithm, type }: UnprovenToken, rules: TokenRules): void {
  if (rules.algorithms !== undefined && !rules.algorithms.includes(algorithm)) {
    throw refusedToken('an algorithm that is not allowed')
  }
  const named = type === undefined ? undefined : shortType(type)
  const isRight =
    rules.type === undefined ? named === undefined || usualTypes.has(named) : named === shortType(rules.type)
  if (!isRight) throw refusedToken('another typ than allowed')
}

/** With the first key whose signature it is. @throws unauthenticated */
export async function verifyToken(
  token: UnprovenToken,
  keys: readonly VerificationKey[],
  rules: TokenRules,
  nowMs: number,
): Promise<JWTPayload> {
  for (const { key } of keys) {
    const payload = await verifyByJose(token, key, rules, nowMs)
    if (payload === undefined) continue
    // jsonwebtoken, which the strategy uses, does not know Edwards curves.
    if (token.algorithm !== 'EdDSA') await verifyByPassport(token, key, rules, nowMs, payload)
    judgeTimes(payload, rules, nowMs)
    if (rules.required.some((path) => findClaim(payload, path) === undefined)) {
      throw refusedToken('a required claim is missing')
    }
    return payload
  }
  throw refusedToken('signed with no key of its issuer')
}

/** Undefined when the signature is another key's. */
async function verifyByJose(
  token: UnprovenToken,
  key: VerificationKey['key'],
  rules: TokenRules,
  nowMs: number,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token.text, key, {
      algorithms: [token.algorithm],
      issuer: rules.issuer,
      audience: [...rules.audiences],
      currentDate: new Date(nowMs),
      clockTolerance: rules.skewMs / 1_000,
      requiredClaims: rules.mayBeEndless ? [] : ['exp'],
      ...(rules.maxAgeMs === undefined ? {} : { maxTokenAge: rules.maxAgeMs / 1_000 }),
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return undefined
    throw refusedToken(error instanceof errors.JOSEError ? `${error.code} ${error.message}` : 'jose cannot read it')
  }
}

/** Two readers that see different things in one text are an attack. */
async function verifyByPassport(
  token: UnprovenToken,
  key: VerificationKey['key'],
  rules: TokenRules,
  nowMs: number,
  payload: JWTPayload,
): Promise<void> {
  const strategy = new Strategy(
    {
      jwtFromRequest: () => token.text,
      secretOrKeyProvider: keyProvider(key),
      issuer: rules.issuer,
      audience: [...rules.audiences],
      algorithms: [parseAlgorithm(token.algorithm)],
      jsonWebTokenOptions: {
        clockTolerance: rules.skewMs / 1_000,
        clockTimestamp: Math.floor(nowMs / 1_000),
        ...(rules.maxAgeMs === undefined ? {} : { maxAge: rules.maxAgeMs / 1_000 }),
      },
    },
    (read: object, done) => done(null, read),
  )
  const verdict = await runStrategy<object>(strategy, { headers: {} })
  if (verdict.kind === 'fail' || !isDeepStrictEqual({ ...verdict.user }, { ...payload })) {
    throw refusedToken('passport-jwt and jose do not agree on it')
  }
}

/** Seconds; the last moment that a Date can hold. What no clock says, no timer and no column of the store holds either. */
const lastSecond = 8_640_000_000_000

/** What neither of them asks: numbers that are none in truth, and tokens from the future. */
function judgeTimes({ exp, nbf, iat }: JWTPayload, { skewMs }: TokenRules, nowMs: number): void {
  for (const time of [exp, nbf, iat]) {
    if (time !== undefined && !(Math.abs(time) <= lastSecond)) throw refusedToken('a time that is no date')
  }
  if (iat !== undefined && iat * 1_000 > nowMs + skewMs) throw refusedToken('made in the future')
}

/** RFC 7515 section 4.1.9: `application/` may be left out, and case does not count. */
function shortType(type: string): string {
  return type.toLowerCase().replace(/^application\//, '')
}

/** In the forms that passport-jwt passes on; jsonwebtoken reads the kind of the key off them, and holds the algorithm to it. */
function keyProvider(key: VerificationKey['key']): SecretOrKeyProvider {
  const exported = key.type === 'secret' ? key.export() : key.export({ type: 'spki', format: 'pem' })
  return (_request, _token, done) => done(null, exported)
}

type Algorithm = NonNullable<StrategyOptionsWithoutRequest['algorithms']>[number]

function parseAlgorithm(name: string): Algorithm {
  return name as Algorithm
}
