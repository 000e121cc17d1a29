/** How does a session begin and end? With a new id each time, and what the page needs to know of its person. */
import type { ApiKeyId, SessionHash, UserId } from '@gatehouse/shared/ids'
import type { Me } from '@gatehouse/shared/own-api-contract'
import type { Principal } from '@gatehouse/shared/principal'
import type { Request, Response } from 'express'
import { byPrincipal } from '../audit/audit.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { oneFactorOf } from '../identity/fresh-proof.ts'
import { makeRoom } from '../identity/make-room.ts'
import { sessionHash } from '../identity/session-cookie.ts'
import type { Member, SecondFactorKind, SignInMethod } from '../store/store.ts'
import { noteStranger } from './audited.ts'
import type { OwnApiContext } from './context.ts'
import type { SignInRecord } from './sign-in-record.ts'

export interface SignInOptions {
  readonly remember: boolean
  readonly method: SignInMethod
  /** The key that stood in for the password. */
  readonly apiKey?: { readonly id: ApiKeyId; readonly expiresAtMs: number | null }
  readonly factor?: SecondFactorKind
  /** The provider that vouched for the person, and what it calls its own session. */
  readonly issued?: { readonly issuer: string; readonly session: string | null }
  /** When the provider last asked the person for a proof, where it says so: a login without one proves nothing anew. */
  readonly askedAtMs?: number
  readonly impersonatorId?: UserId
  /** A session that this one takes the place of, beside that of the request. */
  readonly replaces?: SessionHash | null
  /** Asked once the session is open: whether what vouched for the person still does. */
  readonly isStillMeant?: () => boolean
  /** Milliseconds after which it ends in any case, when that is sooner than for others. */
  readonly longestMs?: number
  /** The same log-in under a new id: what led to it is written down by itself. */
  readonly isRenewal?: boolean
  /** It goes on from the session of the request, which has to be open until then. */
  readonly goesOn?: boolean
}

/** Characters kept of what a browser calls itself. */
const userAgentLimit = 200

/** Opens a session in place of the one the request came with. @throws address_refused, unauthenticated, forbidden for a service account */
export async function signIn(
  context: OwnApiContext,
  request: Request,
  member: Member,
  options: SignInOptions,
): Promise<Me> {
  if (member.kind === 'service') {
    throw new GatehouseError('forbidden', {
      message: 'A service account opens no session: send its key with each request.',
    })
  }
  context.addresses.admit(context.clientAddress(request), member.role)
  const { limits } = context.identity.sessionLookup
  const longestMs = context.now() + Math.min(limits.absoluteMs, options.longestMs ?? limits.absoluteMs)
  const earlier = options.replaces ?? null
  const carried = earlier === null ? undefined : await endHeld(context, earlier, member, options)
  const held = await endHeld(context, sessionHash(request.sessionID), member, options)
  // Attack: whoever found the cookie proves themselves at the moment in which its owner signs it out, and is in again.
  if (options.goesOn === true && held === undefined) throw new GatehouseError('unauthenticated')
  const record: SignInRecord = {
    userId: member.id,
    login: held?.login ?? carried?.login ?? null,
    remember: options.remember,
    address: context.clientAddress(request),
    userAgent: userAgentOf(request),
    apiKeyId: options.apiKey?.id ?? null,
    expiresAtMs: Math.min(longestMs, options.apiKey?.expiresAtMs ?? longestMs),
    method: options.method,
    provenAtMs: Math.min(options.askedAtMs ?? context.now(), context.now()),
    factor: options.factor ?? null,
    issuer: options.issued?.issuer ?? null,
    issuerSession: options.issued?.session ?? null,
    impersonatorId: options.impersonatorId ?? null,
  }
  await makeRoom(context.store.sessions, member.id, record.apiKeyId !== null)
  await logIn(request, record)
  await refuseUnmeant(context, request, options)
  // Without an age the browser forgets the cookie when it closes.
  if (record.remember) request.session.cookie.maxAge = record.expiresAtMs - context.now()
  const hash = sessionHash(request.sessionID)
  const identity = {
    ...({ userId: member.id, method: 'session', credentialId: hash, provenAtMs: record.provenAtMs } as const),
    ...oneFactorOf(record),
  }
  const impersonator = options.impersonatorId
  const principal = await context.resolvePrincipal(
    impersonator === undefined ? identity : { ...identity, impersonator },
  )
  if (options.isRenewal !== true) noteLogin(context, request, principal, record)
  return describeMe(context, principal, hash)
}

/**
 * Ends the session that the new one takes the place of. What it queued goes on with the same person, who has proven
 * more; whoever becomes somebody else has signed out. With the log-in that the new one goes on from, if it does;
 * undefined where none was open any more.
 */
async function endHeld(
  { store, jobsAtLogout }: OwnApiContext,
  hash: SessionHash,
  member: Pick<Member, 'id'>,
  { impersonatorId }: Pick<SignInOptions, 'impersonatorId'>,
): Promise<{ readonly login: string | null } | undefined> {
  const held = await store.sessions.find(hash)
  if (held === undefined) return undefined
  const isSame = held.userId === member.id && held.impersonatorId === (impersonatorId ?? null)
  // Who begins to act for somebody else goes on being themselves.
  const isHelper = held.userId === impersonatorId
  const wasOpen = await store.sessions.revoke(hash, isSame || isHelper ? 'keep' : jobsAtLogout())
  return wasOpen ? { login: isSame ? held.login : null } : undefined
}

/** Attack: a provider or directory that is taken out holds back its answer until it is, and what it then opens nothing ends. */
async function refuseUnmeant({ store }: OwnApiContext, request: Request, options: SignInOptions): Promise<void> {
  if (options.isStillMeant?.() !== false) return
  await store.sessions.revoke(sessionHash(request.sessionID))
  throw new GatehouseError('unauthenticated', { detail: 'what vouched for the person is configured no more' })
}

function noteLogin(context: OwnApiContext, request: Request, principal: Principal, record: SignInRecord): void {
  const { method, factor, issuer, remember, userAgent } = record
  noteStranger(context, request, {
    ...byPrincipal(principal),
    kind: 'login.succeeded',
    method,
    detail: {
      userAgent,
      remember,
      ...(factor === null ? {} : { factor }),
      ...(issuer === null ? {} : { issuer }),
    },
  })
}

/** What a browser or program calls itself. */
export function userAgentOf(request: Request): string {
  return (request.get('user-agent') ?? '').slice(0, userAgentLimit)
}

/** Ends the session of this browser and makes it forget everything of it. */
export async function signOut(context: OwnApiContext, request: Request, response: Response): Promise<void> {
  await context.store.sessions.revoke(sessionHash(request.sessionID), context.jobsAtLogout())
  await new Promise<void>((resolve, reject) => {
    request.session.destroy((error: unknown) => (error ? reject(error) : resolve()))
  })
  const { name, isSecure } = context.identity.sessionCookie
  response.clearCookie(name, { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure })
  // Not "cookies": that would take those of sibling hosts and ports along.
  response.set('Clear-Site-Data', '"storage"')
}

export async function describeMe(
  context: OwnApiContext,
  principal: Principal,
  session: SessionHash | undefined,
): Promise<Me> {
  const { pageBinding } = context.identity
  const jobsAtLogout = context.jobsAtLogout()
  const { impersonator: id } = principal.identity
  const impersonator = id === undefined ? undefined : await context.store.users.findById(id)
  return {
    user: principal.userName,
    role: principal.role,
    tenant: principal.tenant.label,
    permissions: [...principal.permissions],
    page: pageBinding.pageReference(principal),
    ...(impersonator === undefined ? {} : { impersonator: impersonator.name }),
    ...(principal.needsFactor === true ? { needsFactor: true } : {}),
    ...(principal.identity.method === 'guest' ? { guest: true } : {}),
    ...(session === undefined || jobsAtLogout === 'keep' ? {} : { jobsAtLogout }),
    ...(session === undefined ? {} : { csrf: pageBinding.csrfToken(session) }),
  }
}

/** Passport gives the session a new id before it says who is in it. */
function logIn(request: Request, record: SignInRecord): Promise<void> {
  return new Promise((resolve, reject) => {
    request.logIn(record, (error: unknown) => (error ? reject(error) : resolve()))
  })
}
