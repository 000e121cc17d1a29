/** How does a session go on after more was proven, or changed? Under a new id, as the same log-in, and no longer than before. */
import type { Me } from '@gatehouse/shared/own-api-contract'
import type { Request } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import { sessionHash } from '../identity/session-cookie.ts'
import type { Member, SecondFactorKind } from '../store/store.ts'
import type { Caller } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { signIn } from './sign-in.ts'

/**
 * Proven now, with this factor where one was, or as long ago as before where nothing new was proven. Undefined where the
 * request came with another credential. @throws unauthenticated
 */
export async function renewSession(
  context: OwnApiContext,
  request: Request,
  caller: Pick<Caller, 'principal' | 'session'>,
  proven: SecondFactorKind | 'nothing new' | null,
): Promise<Me | undefined> {
  if (caller.session === undefined) return undefined
  const session = await context.store.sessions.find(caller.session)
  if (session === undefined) throw new GatehouseError('unauthenticated')
  const member = await requireMember(context, caller)
  const held = proven === 'nothing new' ? session.factor : (proven ?? session.factor)
  const { remember, method, issuer, issuerSession, expiresAtMs } = session
  const me = await signIn(context, request, member, {
    ...{ remember, method, isRenewal: true, goesOn: true, longestMs: expiresAtMs - context.now() },
    ...(held === null ? {} : { factor: held }),
    ...(proven === 'nothing new' ? { askedAtMs: session.provenAtMs } : {}),
    ...(issuer === null ? {} : { issued: { issuer, session: issuerSession } }),
  })
  context.identity.oidc.renewed(session.hash, sessionHash(request.sessionID))
  return me
}

/** The caller's own account. @throws unauthenticated */
export async function requireMember(
  { store }: OwnApiContext,
  { principal }: Pick<Caller, 'principal'>,
): Promise<Member> {
  const member = await store.users.findById(principal.userId)
  if (member === undefined) throw new GatehouseError('unauthenticated')
  return member
}
