/** Who calls? Every credential of the request is judged; all that prove somebody must prove the same person. */
import type { IdentityMethod } from '@gatehouse/shared/principal'
import { GatehouseError } from '../gatehouse-error.ts'
import type { BasicIdentity } from './basic-identity.ts'
import { type CredentialInput, collectCredentials } from './credentials.ts'
import { oneFactor, oneFactorOf } from './fresh-proof.ts'
import type { IdentityMethods } from './method.ts'
import type { AuthenticationResult, Proven } from './proof.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { SessionLookup } from './session-lookup.ts'

export type Authenticate = (input: CredentialInput) => Promise<AuthenticationResult>

export interface AuthenticateDependencies {
  readonly methods: IdentityMethods
  readonly sessionCookie: SessionCookie
  readonly sessionLookup: SessionLookup
  readonly basicIdentity: BasicIdentity
}

/** @throws unauthenticated, bad_credentials, conflicting_credentials, too_many_attempts */
export function createAuthenticate(dependencies: AuthenticateDependencies): Authenticate {
  const { methods, basicIdentity } = dependencies
  return async (input) => {
    const { explicit, cookieHeaders } = collectCredentials(input)
    const proven: Proven[] = []
    // An explicit credential that proves nothing is refused at once and never falls back to the cookie.
    for (const { kind, token } of explicit) {
      proven.push(kind === 'basic' ? await basicIdentity(token, input) : await proveToken(methods, token, input))
    }
    for (const method of methods.requests) proven.push(...present(await method.prove(input)))
    proven.push(...present(await proveCookie(dependencies, cookieHeaders)))
    if (proven.length === 0) return proveStranger(methods, input)
    return agree(proven)
  }
}

async function proveToken({ tokens }: IdentityMethods, token: string, input: CredentialInput): Promise<Proven> {
  const method = tokens.find(({ claims }) => claims(token))
  if (method === undefined) throw new GatehouseError('unauthenticated', { detail: 'unknown token' })
  return method.prove(token, input)
}

/** The first counts, narrowed by every other: who adds a broad credential to a narrow one gains nothing. */
function agree(proven: readonly Proven[]): AuthenticationResult {
  const [first, ...others] = proven
  if (first === undefined) return { kind: 'anonymous' }
  const stranger = others.find(({ identity }) => identity.userId !== first.identity.userId)
  if (stranger !== undefined) throw conflict(first.identity.method, stranger.identity.method)
  return marked(others.reduce(narrowed, first))
}

/** Whoever counts by what kind of credential somebody came knows the identity alone. */
function marked(proven: Proven): Proven {
  return proven.isAmbient === true ? { ...proven, identity: { ...proven.identity, isAmbient: true } } : proven
}

function narrowed(first: Proven, { identity, proof, session }: Proven): Proven {
  const { scopes = identity.scopes, workflow = identity.workflow, ...rest } = first.identity
  const ends = [rest.expiresAtMs, identity.expiresAtMs].filter((ms) => ms !== undefined)
  if (identity.workflow !== undefined && identity.workflow !== workflow) throw conflict(rest.method, identity.method)
  const both = identity.scopes === undefined ? scopes : scopes?.intersection(identity.scopes)
  // What a browser adds by itself may come twice, from the gateway and from us: then the person logged in here, too.
  const isOwn = first.isAmbient === true && session !== undefined
  const isByLogin = isOwn && first.proof === 'key'
  const firstProvenAtMs = isByLogin ? 0 : rest.provenAtMs
  return {
    ...first,
    proof: isOwn || proof === 'key' ? proof : first.proof,
    ...(isOwn ? { session } : {}),
    identity: {
      ...rest,
      // One proof that is fresh is a fresh proof of the person, whom all of them agree on.
      provenAtMs: Math.max(firstProvenAtMs, proof === 'person' ? identity.provenAtMs : 0),
      ...(identity.impersonator === undefined ? {} : { impersonator: identity.impersonator }),
      // Who signs out here ends what was queued beside it, whatever the gateway goes on saying.
      ...(isOwn && identity.login !== undefined ? { login: identity.login } : {}),
      // Attack: a password and something that a browser adds are no second factor of a log-in.
      ...(isByLogin && identity.isByOneFactor === true ? oneFactor : {}),
      ...(both === undefined ? {} : { scopes: both }),
      ...(workflow === undefined ? {} : { workflow }),
      ...(ends.length === 0 ? {} : { expiresAtMs: Math.min(...ends) }),
    },
  }
}

function conflict(one: IdentityMethod, other: IdentityMethod): GatehouseError {
  return new GatehouseError('conflicting_credentials', {
    message: `Two credentials in one request prove different people: ${one} and ${other}.`,
  })
}

async function proveStranger({ strangers }: IdentityMethods, input: CredentialInput): Promise<AuthenticationResult> {
  for (const method of strangers) {
    const proven = await method.prove(input)
    if (proven !== undefined) return proven
  }
  return { kind: 'anonymous' }
}

async function proveCookie(
  { sessionCookie, sessionLookup }: AuthenticateDependencies,
  cookieHeaders: readonly string[],
): Promise<Proven | undefined> {
  const hash = sessionCookie.read(cookieHeaders)
  const session = hash === undefined ? undefined : await sessionLookup.find(hash)
  if (session === undefined) return undefined
  const { userId, provenAtMs, impersonatorId } = session
  const identity = {
    ...({ userId, method: 'session', credentialId: session.hash, login: session.login, provenAtMs } as const),
    ...oneFactorOf(session),
  }
  return {
    kind: 'identity',
    identity: impersonatorId === null ? identity : { ...identity, impersonator: impersonatorId },
    proof: session.apiKeyId === null ? 'person' : 'key',
    session: { hash: session.hash },
  }
}

function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value]
}
