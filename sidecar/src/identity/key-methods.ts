/** How do API keys and the operator's fixed keys prove somebody? The two kinds of token that are no JWT. */
import type { Identity } from '@gatehouse/shared/principal'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Users } from '../store/store.ts'
import type { ApiKeyCheck, ApiKeyProof } from './api-key.ts'
import type { KeyGuesses } from './key-guesses.ts'
import type { TokenMethod } from './method.ts'
import type { Proven } from './proof.ts'
import type { StaticKeyCheck } from './static-key.ts'

export interface KeyMethodDependencies {
  readonly users: Pick<Users, 'findByName'>
  readonly apiKeyCheck: ApiKeyCheck
  readonly staticKeyCheck: StaticKeyCheck
  readonly guesses: KeyGuesses
  readonly now: () => number
}

/** Fixed keys first: an operator may choose one that looks like anything. */
export function createKeyMethods(dependencies: KeyMethodDependencies): readonly TokenMethod[] {
  const { users, apiKeyCheck, staticKeyCheck, guesses, now } = dependencies
  return [
    {
      name: 'static-key',
      claims: (token) => staticKeyCheck(token) !== undefined,
      prove: async (token, { clientAddress }) => {
        const fixed = staticKeyCheck(token)
        if (fixed !== undefined) await guesses.right(fixed.name, clientAddress)
        const member = fixed === undefined ? undefined : await users.findByName(fixed.user)
        if (fixed === undefined || member === undefined) {
          throw new GatehouseError('unauthenticated', { detail: 'a static key names no user' })
        }
        return byKey({ userId: member.id, method: 'static-key', credentialId: fixed.name, provenAtMs: now() })
      },
    },
    {
      name: 'api-key',
      claims: apiKeyCheck.looksLikeKey,
      prove: async (token, { clientAddress }) => {
        const key = await apiKeyCheck.verify(token, clientAddress)
        if (key === undefined) throw new GatehouseError('unauthenticated', { detail: 'unknown token' })
        return byKey(apiKeyIdentity(key, now()))
      },
    },
  ]
}

function apiKeyIdentity({ keyId, userId, scopes, workflow }: ApiKeyProof, provenAtMs: number): Identity {
  return {
    userId,
    method: 'api-key',
    credentialId: keyId,
    provenAtMs,
    ...(scopes === null ? {} : { scopes }),
    ...(workflow === null ? {} : { workflow }),
  }
}

function byKey(identity: Identity): Proven {
  return { kind: 'identity', identity, proof: 'key' }
}

/** Whom the key in place of a Basic password proves; undefined when it is no key, or not a right one. */
export async function keyBehind(
  methods: readonly TokenMethod[],
  ...[token, request]: Parameters<TokenMethod['prove']>
): Promise<Proven | undefined> {
  const method = methods.find(({ claims }) => claims(token))
  if (method === undefined) return undefined
  return method.prove(token, request).catch((error: unknown) => {
    if (error instanceof GatehouseError && error.code === 'unauthenticated') return undefined
    throw error
  })
}
