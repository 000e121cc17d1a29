/** Does the provider really say that somebody signed out there? A logout token, checked as Back-Channel Logout 1.0 2.6 asks. */
import { LRUCache } from 'lru-cache'
import { isRecord } from '../jwt/claims.ts'
import { createRemoteKeys } from '../jwt/key-source.ts'
import { loadPublishedKeys } from '../jwt/load-published-keys.ts'
import { parseToken } from '../jwt/parse-token.ts'
import { refusedToken } from '../jwt/refused-token.ts'
import { refuseByHeader, type TokenRules, verifyToken } from '../jwt/verify-token.ts'
import type { AskProvider } from './ask-provider.ts'
import type { OidcClient } from './oidc-client.ts'
import { isAllowedAddress } from './provider-address.ts'

export interface SignedOut {
  /** As the provider writes itself. */
  readonly issuer: string
  readonly subject: string | undefined
  readonly providerSession: string | undefined
}

/** @throws unauthenticated, issuer_down, provider_down */
export type LogoutCheck = (token: string) => Promise<SignedOut>

export interface LogoutCheckDependencies {
  readonly client: Pick<OidcClient, 'facts'>
  readonly clientId: string
  readonly issuer: string
  readonly ask: AskProvider
  readonly now: () => number
}

const event = 'http://schemas.openid.net/event/backchannel-logout'
/** Milliseconds. */
const [skewMs, maxAgeMs] = [60_000, 10 * 60_000]
const identifierLimit = 512

export function createLogoutCheck({ client, clientId, issuer, ask, now }: LogoutCheckDependencies): LogoutCheck {
  const fetchDocument = async (url: string): Promise<unknown> => {
    if (!isAllowedAddress(url, issuer)) throw new Error('an address that a provider may not name')
    const answer = await ask(url, { method: 'GET', headers: { accept: 'application/json' } })
    if (answer.status !== 200) throw new Error(`the provider answered with status ${answer.status}`)
    return answer.json()
  }
  const load = async () => {
    const { jwksUrl = '' } = await client.facts()
    return loadPublishedKeys(jwksUrl, { fetchDocument, skipped: () => undefined })
  }
  const keys = createRemoteKeys({ load, now, failed: () => undefined })
  /** Those that counted: none counts twice while it could still be new. */
  const used = new LRUCache<string, true>({ max: 10_000, ttl: maxAgeMs + 2 * skewMs })
  return async (text) => {
    const token = parseToken(text)
    const { issuer: proven } = await client.facts()
    const rules = rulesOf(proven, clientId, token.type)
    refuseByHeader(token, rules)
    const payload = await verifyToken(token, await keys.find(token.keyId, token.algorithm), rules, now())
    const { sub, sid, jti, nonce, events } = payload
    if (nonce !== undefined) throw refusedToken('a logout token with a nonce is an ID token')
    if (!isRecord(events) || !isRecord(events[event])) throw refusedToken('no logout event in it')
    const [subject, providerSession, id] = [sub, sid, jti].map(identifierOf)
    if (id === undefined || used.has(id)) throw refusedToken('a logout token without an id, or a used one')
    if (subject === undefined && providerSession === undefined) throw refusedToken('it names nobody')
    used.set(id, true)
    return { issuer: proven, subject, providerSession }
  }
}

/** `typ` is only recommended, and never that of another kind of token (RFC 8725 3.11). */
function rulesOf(issuer: string, clientId: string, type: string | undefined): TokenRules {
  const isNamed = type !== undefined && /^(?:application\/)?logout\+jwt$/i.test(type)
  return {
    issuer,
    audiences: [clientId],
    algorithms: undefined,
    type: isNamed ? 'logout+jwt' : type === undefined ? undefined : 'JWT',
    skewMs,
    maxAgeMs,
    // `exp` is required since the final version; older providers send only `iat`, which has to be new in any case.
    mayBeEndless: true,
    required: [['iat'], ['jti'], ['events']],
  }
}

/** Undefined where it is absent. @throws unauthenticated for any other form */
function identifierOf(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '' || value.length > identifierLimit)
    throw refusedToken('an odd identifier')
  return value
}
