/** How do JSON Web Tokens prove somebody? As tokens sent on purpose, in a header of their own, or in a cookie. */
import type { Identity } from '@gatehouse/shared/principal'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { ChangeFeed } from '../../store/store.ts'
import { isInRanges } from '../address-range.ts'
import { sha256Hex } from '../constant-time.ts'
import type { CredentialInput } from '../credentials.ts'
import type { ResolveExternal } from '../external-account.ts'
import type { IdentityMethods } from '../method.ts'
import type { Proven } from '../proof.ts'
import { createRevocableCache } from '../revocable-cache.ts'
import { cookieValues, headerValues } from './carriers.ts'
import { credentialIdOf, findIssuer, type JwtIssuer, type Vouched, vouch } from './jwt-issuer.ts'
import type { KeySet } from './key-source.ts'
import { looksLikeJwt, parseToken } from './parse-token.ts'
import { refusedToken } from './refused-token.ts'

export interface JwtMethodsDependencies {
  /** Those that are configured now; another array after each change. */
  readonly issuers: () => readonly JwtIssuer[]
  readonly resolveExternal: ResolveExternal
  readonly feed: ChangeFeed
  readonly now: () => number
}

interface Remembered {
  readonly proven: Proven
  readonly issuer: JwtIssuer
  readonly keySet: KeySet | undefined
  readonly untilMs: number
}

/** Milliseconds for which a proven token is believed without its signature; its own end comes first. */
const rememberedMs = 10 * 60_000
const rememberedCount = 5_000

type Prove = (text: string, request: CredentialInput, only?: JwtIssuer) => Promise<Proven>

export function createJwtMethods(dependencies: JwtMethodsDependencies): IdentityMethods {
  const { issuers } = dependencies
  const prove = createProve(dependencies)
  return {
    tokens: [
      {
        name: 'jwt',
        claims: (token) => issuers().length > 0 && looksLikeJwt(token),
        prove: (token, request) => prove(token, request),
      },
    ],
    requests: [
      { name: 'jwt', prove: (request) => proveHeader(issuers(), prove, request) },
      { name: 'jwt', prove: (request) => proveCookie(issuers(), prove, request) },
    ],
    strangers: [],
  }
}

function createProve({ issuers, resolveExternal, feed, now }: JwtMethodsDependencies): Prove {
  const remembered = createRevocableCache<Remembered>({
    feed,
    max: rememberedCount,
    ttlMs: rememberedMs,
    userOf: ({ proven }) => proven.identity.userId,
  })
  /** Only as long as nothing changed that it was proven with: the issuer's settings, its keys, the time. */
  const recall = (digest: string): Remembered | undefined => {
    const known = remembered.peek(digest)
    if (known === undefined || !issuers().includes(known.issuer) || now() >= known.untilMs) return undefined
    return known.keySet === known.issuer.keys.current() ? known : undefined
  }
  return async (text, { peerAddress }, only) => {
    const digest = sha256Hex(text)
    const known = recall(digest)
    if (known !== undefined && (only === undefined || only === known.issuer)) {
      refuseElsewhere(known.issuer, peerAddress)
      return known.proven
    }
    const startedAt = remembered.mark()
    const token = parseToken(text)
    const issuer = findIssuer(only === undefined ? issuers() : [only], token)
    refuseElsewhere(issuer, peerAddress)
    const vouched = await vouch(issuer, token, now())
    // Attack: an issuer that is taken out holds back its keys until it is, and what it then proves is ended by nothing.
    if (!issuers().includes(issuer)) throw refusedToken('its issuer is configured no more')
    const { id: userId } = await resolveExternal(vouched.subject, issuer.accounts)
    const proven = provenBy(vouched, { userId, credentialId: credentialIdOf(issuer.name, digest) })
    const { keySet, expiresAtMs: untilMs = Number.POSITIVE_INFINITY } = vouched
    remembered.put(digest, { proven, issuer, keySet, untilMs }, startedAt)
    return proven
  }
}

function provenBy(
  { provenAtMs, expiresAtMs, scopes }: Vouched,
  who: Pick<Identity, 'userId' | 'credentialId'>,
): Proven {
  const limits = { ...(expiresAtMs === undefined ? {} : { expiresAtMs }), ...(scopes === undefined ? {} : { scopes }) }
  // Whoever holds it may use it, as a key.
  return { kind: 'identity', proof: 'key', identity: { ...who, method: 'jwt', provenAtMs, ...limits } }
}

/** Attack: a token that was seen on its way, sent past the gateway. A forwarded address is what somebody wrote. */
function refuseElsewhere({ from, name }: JwtIssuer, peerAddress: string): void {
  if (from === undefined || isInRanges(peerAddress, from)) return
  throw refusedToken(`not from an address that ${name} sends from`)
}

/** A gateway may add the header to whatever a browser sends, so the checks against other sites apply. */
async function proveHeader(
  issuers: readonly JwtIssuer[],
  prove: Prove,
  request: CredentialInput,
): Promise<Proven | undefined> {
  const { rawHeaders } = request
  const carried = issuers.flatMap((issuer) =>
    issuer.header === undefined ? [] : headerValues(rawHeaders, issuer.header).map((text) => ({ issuer, text })),
  )
  const [first, second] = carried
  if (first === undefined) return undefined
  if (second !== undefined) throw refusedToken('two headers with a token')
  return ambient(await prove(first.text.trim(), request, first.issuer), first.issuer)
}

/** A stale cookie lies about until somebody removes it: as with our own, it then proves nobody. */
async function proveCookie(
  issuers: readonly JwtIssuer[],
  prove: Prove,
  request: CredentialInput,
): Promise<Proven | undefined> {
  const { rawHeaders } = request
  const carried = issuers.flatMap((issuer) =>
    issuer.cookie === undefined ? [] : cookieValues(rawHeaders, issuer.cookie).map((text) => ({ issuer, text })),
  )
  const [first, second] = carried
  if (first === undefined) return undefined
  // A sibling host or path may plant a second one; which of them counts is a matter of luck.
  if (second !== undefined) throw refusedToken('two cookies with a token')
  try {
    return ambient(await prove(first.text, request, first.issuer), first.issuer)
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'unauthenticated') return undefined
    throw error
  }
}

/** What a browser or gateway adds says who somebody is, not when they last proved it. */
function ambient({ identity, ...proven }: Proven, { logoutUrl }: JwtIssuer): Proven {
  const found = { ...proven, identity: { ...identity, provenAtMs: 0 }, isAmbient: true } as const
  return logoutUrl === undefined ? found : { ...found, logoutUrl }
}
