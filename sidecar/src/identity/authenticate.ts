/** Who calls? Every credential of the request is judged; all that prove somebody must prove the same person. */
import type { Identity } from '@gatehouse/shared/principal'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Users } from '../store/store.ts'
import type { ApiKeyCheck } from './api-key.ts'
import type { BasicIdentity } from './basic-identity.ts'
import { type CredentialInput, collectCredentials, type ExplicitCredential } from './credentials.ts'
import type { AuthenticationResult, Proven } from './proof.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { SessionLookup } from './session-lookup.ts'
import type { StaticKeyCheck } from './static-key.ts'

export type Authenticate = (input: CredentialInput) => Promise<AuthenticationResult>

export interface AuthenticateDependencies {
  readonly users: Users
  readonly sessionCookie: SessionCookie
  readonly sessionLookup: SessionLookup
  readonly apiKeyCheck: ApiKeyCheck
  readonly staticKeyCheck: StaticKeyCheck
  readonly basicIdentity: BasicIdentity
  readonly now: () => number
}

/** @throws unauthenticated, bad_credentials, conflicting_credentials, too_many_attempts */
export function createAuthenticate(dependencies: AuthenticateDependencies): Authenticate {
  return async (input) => {
    const { explicit, cookieHeaders } = collectCredentials(input)
    const proven: Proven[] = []
    // An explicit credential that proves nothing is refused at once and never falls back to the cookie.
    for (const credential of explicit) {
      proven.push(
        credential.kind === 'basic'
          ? await dependencies.basicIdentity(credential.token, input.clientAddress)
          : await proveToken(dependencies, credential),
      )
    }
    const fromCookie = await proveCookie(dependencies, cookieHeaders)
    if (fromCookie !== undefined) proven.push(fromCookie)
    const [first] = proven
    if (first === undefined) return { kind: 'anonymous' }
    if (proven.some(({ identity }) => identity.userId !== first.identity.userId)) {
      throw new GatehouseError('conflicting_credentials')
    }
    return first
  }
}

async function proveToken(
  { apiKeyCheck, staticKeyCheck, users, now }: AuthenticateDependencies,
  { token }: ExplicitCredential,
): Promise<Proven> {
  const fixed = staticKeyCheck(token)
  if (fixed !== undefined) {
    const member = await users.findByName(fixed.user)
    if (member === undefined) throw new GatehouseError('unauthenticated', { detail: 'a static key names no user' })
    return proof(member.id, 'static-key', fixed.name, now())
  }
  const key = await apiKeyCheck.verify(token)
  if (key === undefined) throw new GatehouseError('unauthenticated', { detail: 'unknown token' })
  return proof(key.userId, 'api-key', key.keyId, now())
}

function proof(
  userId: Identity['userId'],
  method: 'static-key' | 'api-key',
  credentialId: string,
  provenAtMs: number,
): Proven {
  return { kind: 'identity', identity: { userId, method, credentialId, provenAtMs }, proof: 'key' }
}

async function proveCookie(
  { sessionCookie, sessionLookup }: AuthenticateDependencies,
  cookieHeaders: readonly string[],
): Promise<Proven | undefined> {
  const hash = sessionCookie.read(cookieHeaders)
  const session = hash === undefined ? undefined : await sessionLookup.find(hash)
  if (session === undefined) return undefined
  const { userId, createdAtMs } = session
  return {
    kind: 'identity',
    identity: { userId, method: 'session', credentialId: session.hash, provenAtMs: createdAtMs },
    proof: session.apiKeyId === null ? 'password' : 'key',
    session: { hash: session.hash },
  }
}
