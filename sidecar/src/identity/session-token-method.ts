/** Whom does a session token prove? Its signature says whose session, and the store whether that is still open. */
import { GatehouseError } from '../gatehouse-error.ts'
import type { AddressGate } from './address-lists.ts'
import { oneFactorOf } from './fresh-proof.ts'
import type { TokenMethod } from './method.ts'
import type { SessionLookup } from './session-lookup.ts'
import type { SessionTokens } from './session-token.ts'

export interface SessionTokenMethodDependencies {
  readonly sessionTokens: SessionTokens
  readonly sessionLookup: SessionLookup
  readonly addresses: Pick<AddressGate, 'admitCredential'>
}

/** What holds it is a program: it may not do what only its person should. */
export function createSessionTokenMethod(dependencies: SessionTokenMethodDependencies): TokenMethod {
  const { sessionTokens, sessionLookup, addresses } = dependencies
  return {
    name: 'session-token',
    claims: sessionTokens.looksLikeOne,
    prove: async (text, { clientAddress }) => {
      const claims = await sessionTokens.verify(text)
      const session = claims === undefined ? undefined : await sessionLookup.find(claims.session)
      if (claims === undefined || session === undefined || session.userId !== claims.userId) {
        throw new GatehouseError('unauthenticated', { detail: 'a session token that is over, or not ours' })
      }
      if (claims.addresses !== null) addresses.admitCredential(clientAddress, claims.addresses, `session ${session.id}`)
      const { userId, provenAtMs, scopes, workflow } = claims
      return {
        kind: 'identity',
        proof: 'key',
        identity: {
          ...{ userId, provenAtMs, method: 'session-token', credentialId: session.hash, login: session.login },
          ...oneFactorOf(session),
          ...(scopes === null ? {} : { scopes: new Set(scopes) }),
          ...(workflow === null ? {} : { workflow }),
          ...(session.impersonatorId === null ? {} : { impersonator: session.impersonatorId }),
        },
      }
    },
  }
}
