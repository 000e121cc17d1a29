/** What does a session token say, and is it ours? A JWT under a rotating secret, which only this instance signs and reads. */
import { randomUUID } from 'node:crypto'
import type { SessionHash, UserId } from '@gatehouse/shared/ids'
import { type Permission, parsePermission } from '@gatehouse/shared/roles'
import { type CryptoKey, decodeProtectedHeader, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { InstanceSecret } from '../store/secrets.ts'
import type { LiveSecret } from './live-secret.ts'

/** Told apart from tokens of other issuers by it (RFC 8725 3.11). */
const tokenType = 'gatehouse-session+jwt'
const audience = 'gatehouse'
const algorithm = 'HS256'

export interface SessionTokenClaims {
  readonly session: SessionHash
  readonly userId: UserId
  readonly provenAtMs: number
  readonly expiresAtMs: number
  readonly scopes: readonly Permission[] | null
  readonly addresses: readonly string[] | null
  readonly workflow: string | null
}

export interface SessionTokens {
  /** Times are whole seconds in it. */
  sign(claims: SessionTokenClaims): Promise<string>
  /** Whether a text is meant as one of ours, from any instance. */
  looksLikeOne(text: string): boolean
  /** Undefined for what was altered, is over, or is of another instance. */
  verify(text: string): Promise<SessionTokenClaims | undefined>
}

export interface SessionTokensDependencies {
  readonly secret: LiveSecret
  readonly instanceId: string
  readonly now: () => number
}

export function createSessionTokens({ secret, instanceId, now }: SessionTokensDependencies): SessionTokens {
  return {
    sign: async (claims) => {
      const [key] = secret.current()
      return new SignJWT(toPayload(claims))
        .setProtectedHeader({ alg: algorithm, typ: tokenType, kid: key.id })
        .setIssuer(instanceId)
        .setAudience(audience)
        .setJti(randomUUID())
        .setIssuedAt(new Date(now()))
        .setExpirationTime(new Date(claims.expiresAtMs))
        .sign(await keyOf(key))
    },
    looksLikeOne: (text) => headerOf(text)?.typ === tokenType,
    verify: async (text) => {
      const key = secret.current().find(({ id }) => id === headerOf(text)?.kid)
      if (key === undefined) return undefined
      const expected = { algorithms: [algorithm], typ: tokenType, issuer: instanceId, audience }
      const verified = await jwtVerify(text, await keyOf(key), {
        ...expected,
        requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp', 'auth_time'],
        currentDate: new Date(now()),
      }).catch(() => undefined)
      return verified === undefined ? undefined : parsePayload(verified.payload)
    },
  }
}

/** Imported once for each secret; a handful live at a time. */
const imported = new WeakMap<InstanceSecret, Promise<CryptoKey>>()

function keyOf(secret: InstanceSecret): Promise<CryptoKey> {
  const known = imported.get(secret)
  if (known !== undefined) return known
  const raw = Buffer.from(secret.value, 'base64url')
  const key = crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
  imported.set(secret, key)
  return key
}

function headerOf(text: string): { readonly typ?: string; readonly kid?: string } | undefined {
  if (text.split('.').length !== 3) return undefined
  try {
    return decodeProtectedHeader(text)
  } catch {
    // Three parts of something else.
    return undefined
  }
}

function toPayload({ userId, session, provenAtMs, scopes, addresses, workflow }: SessionTokenClaims): JWTPayload {
  return {
    sub: userId,
    sid: session,
    auth_time: Math.floor(provenAtMs / 1000),
    // RFC 8693 4.2: a list in one text; left out, it is not limited.
    ...(scopes === null ? {} : { scope: scopes.join(' ') }),
    ...(addresses === null ? {} : { addresses: [...addresses] }),
    ...(workflow === null ? {} : { workflow }),
  }
}

/** The signature has been checked: what is in it, we wrote. */
function parsePayload(payload: JWTPayload): SessionTokenClaims {
  const { sub, sid, auth_time: authTime, scope, addresses, workflow, exp } = payload
  return {
    session: sid as SessionHash,
    userId: sub as UserId,
    provenAtMs: Number(authTime) * 1000,
    expiresAtMs: Number(exp) * 1000,
    scopes: typeof scope === 'string' ? scope.split(' ').flatMap((name) => parsePermission(name) ?? []) : null,
    addresses: Array.isArray(addresses) ? addresses.filter((range) => typeof range === 'string') : null,
    workflow: typeof workflow === 'string' ? workflow : null,
  }
}
