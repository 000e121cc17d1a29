/** Whose is this identity from now on? It is linked to who began that in a session of theirs, and has proven it just now. */
import type { SessionHash, UserId } from '@gatehouse/shared/ids'
import type { Request } from 'express'
import { byPrincipal } from '../audit/audit.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import type { OidcProvider, Vouched } from '../identity/oidc/provider.ts'
import { noteStranger } from './audited.ts'
import type { OwnApiContext } from './context.ts'

export interface NewLink {
  readonly provider: OidcProvider
  readonly vouched: Vouched
  readonly userId: UserId
  readonly session: SessionHash | null
}

/** Both proofs are there: the session, and what the provider says. @throws unauthenticated, identity_taken */
export async function linkIdentity(
  context: OwnApiContext,
  request: Request,
  { provider, vouched, userId, session }: NewLink,
): Promise<void> {
  const { identity, store } = context
  const record = session === null ? undefined : await identity.sessionLookup.find(session)
  // Whoever signed out meanwhile, or was signed out, links nothing.
  if (record === undefined || record.userId !== userId) {
    throw new GatehouseError('unauthenticated', { detail: 'the session that began to link an identity is over' })
  }
  const { hash: credentialId, provenAtMs } = record
  const principal = await context.resolvePrincipal({ userId, method: 'session', credentialId, provenAtMs })
  const key = identity.oidc.keyOf(provider, vouched.subject)
  const linked = await store.linkedIdentities.find(key)
  if (linked === userId) return
  await store.linkedIdentities.link(key, userId)
  noteStranger(context, request, {
    ...byPrincipal(principal),
    kind: 'identity.linked',
    target: principal.userName,
    detail: { provider: provider.settings.name, issuer: key.issuer },
  })
}
