/** Who does an issuer vouch for with this token? Its keys, rules and claims, from the text to a subject. */
import type { Permission } from '@gatehouse/shared/roles'
import type { JWTPayload } from 'jose'
import type { AccountRules } from '../../config/auth/accounts-schema.ts'
import type { ExternalSubject } from '../external-account.ts'
import { type ClaimPath, type ClaimPaths, scopesOf, subjectOf } from './claims.ts'
import type { KeySet, KeySource } from './key-source.ts'
import type { UnprovenToken } from './parse-token.ts'
import { refusedToken } from './refused-token.ts'
import { refuseByHeader, type TokenRules, verifyToken } from './verify-token.ts'

export interface JwtIssuer {
  /** In the configuration. */
  readonly name: string
  readonly keys: KeySource
  readonly rules: TokenRules
  readonly paths: ClaimPaths
  /** Of the claim that says what a token may do; undefined: whatever its person may. */
  readonly scopes: ClaimPath | undefined
  readonly accounts: AccountRules
  /** Lower case. */
  readonly header: string | undefined
  readonly cookie: string | undefined
  /** Of the connections that may bring its tokens; undefined: any. */
  readonly from: readonly string[] | undefined
  /** Where whoever adds the header or cookie ends a session of its own. */
  readonly logoutUrl: string | undefined
}

export interface Vouched {
  readonly subject: ExternalSubject
  /** What the token is limited to; undefined: whatever its person may do. */
  readonly scopes: ReadonlySet<Permission> | undefined
  /** Milliseconds since the epoch; undefined for a token without an end. */
  readonly expiresAtMs: number | undefined
  /** When the person themselves were last asked, as far as the token tells. */
  readonly provenAtMs: number
  /** What it was proven with. */
  readonly keySet: KeySet | undefined
}

/** The one whose tokens have this `iss` and `aud`. @throws unauthenticated */
export function findIssuer(issuers: readonly JwtIssuer[], token: UnprovenToken): JwtIssuer {
  const found = issuers.find(
    ({ rules }) => rules.issuer === token.issuer && rules.audiences.some((one) => token.audiences.includes(one)),
  )
  if (found === undefined) throw refusedToken('of no configured issuer, or for another audience')
  return found
}

/** What revocation knows a token by: its issuer, and enough of its hash to tell it from others. */
export function credentialIdOf(issuerName: string, tokenHash: string): string {
  return `jwt:${issuerName}:${tokenHash.slice(0, 16)}`
}

/** @throws unauthenticated, issuer_down */
export async function vouch(issuer: JwtIssuer, token: UnprovenToken, nowMs: number): Promise<Vouched> {
  const { rules, keys, accounts } = issuer
  refuseByHeader(token, rules)
  const payload = await verifyToken(token, await keys.find(token.keyId, token.algorithm), rules, nowMs)
  const subject = subjectOf(payload, {
    source: issuer.name,
    issuer: rules.issuer,
    paths: issuer.paths,
    isRole: (value) => Object.hasOwn(accounts.roles, value),
  })
  const { iat, auth_time: askedAt } = payload
  return {
    subject,
    scopes: scopesOf(payload, issuer.scopes),
    expiresAtMs: endOf(payload, rules),
    provenAtMs: (typeof askedAt === 'number' ? Math.min(askedAt, iat ?? askedAt) : (iat ?? 0)) * 1_000,
    keySet: keys.current(),
  }
}

/** By its own word or by its age; the skew that let it in lets it stay. */
function endOf({ exp, iat }: JWTPayload, { skewMs, maxAgeMs }: TokenRules): number | undefined {
  const ends = [
    ...(exp === undefined ? [] : [exp * 1_000]),
    ...(maxAgeMs === undefined || iat === undefined ? [] : [iat * 1_000 + maxAgeMs]),
  ]
  return ends.length === 0 ? undefined : Math.min(...ends) + skewMs
}
