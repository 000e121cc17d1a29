/** Who calls the own API, and may they? The same resolver as on the raw lane, then the page and session bindings. */
import type { SessionHash } from '@gatehouse/shared/ids'
import { csrfHeader, pageHeader } from '@gatehouse/shared/page-binding'
import { mayPrincipal, type Principal } from '@gatehouse/shared/principal'
import type { Permission } from '@gatehouse/shared/roles'
import type { Request } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import { isFreshProof } from '../identity/fresh-proof.ts'
import { refuseForeignPage, type SentByPage } from '../identity/page-binding.ts'
import type { Proof } from '../identity/proof.ts'
import type { OwnApiContext } from './context.ts'
import { isCountedChange } from './require-audit.ts'

export interface Caller {
  readonly principal: Principal
  readonly proof: Proof
  readonly session: SessionHash | undefined
  /** Where whoever vouched for the person ends a session of its own. */
  readonly logoutUrl: string | undefined
}

const callers = new WeakMap<Request, Caller>()

/** Undefined for a stranger. @throws address_refused, bad_credentials, conflicting_credentials, page_belongs_to_another, cross_site */
export async function findCaller(context: OwnApiContext, request: Request): Promise<Caller | undefined> {
  const result = await context.identity.authenticate({ ...context.credentialInput(request), query: readQuery(request) })
  if (result.kind === 'anonymous') return undefined
  const principal = await context.resolvePrincipal(result.identity)
  context.addresses.admit(context.clientAddress(request), principal.role)
  // Attack: what a picture or a script of another site learns from an answer's status, size and time.
  context.refuseAmbient(request, result)
  refuseForeignPage(context.identity.pageBinding, sentByPage(request, result.session?.hash), principal)
  return { principal, proof: result.proof, session: result.session?.hash, logoutUrl: result.logoutUrl }
}

export interface CallerOptions {
  /** What somebody needs to come by the second factor that their role asks for. */
  readonly maybeWithoutFactor?: true
}

/** @throws unauthenticated, second_factor_required, too_many_requests, and what `findCaller` throws */
export async function requireCaller(
  context: OwnApiContext,
  request: Request,
  { maybeWithoutFactor }: CallerOptions = {},
): Promise<Caller> {
  const caller = await findCaller(context, request)
  if (caller === undefined) throw new GatehouseError('unauthenticated')
  if (caller.principal.needsFactor === true && maybeWithoutFactor !== true) {
    throw new GatehouseError('second_factor_required')
  }
  callers.set(request, caller)
  if (request.res !== undefined) context.enterRequest(caller.principal, request.res)
  if (isCountedChange(request)) context.enterChange(caller.principal)
  return caller
}

/** @throws forbidden */
export function requirePermission({ principal }: Caller, permission: Permission): void {
  if (!mayPrincipal(principal, permission)) throw new GatehouseError('forbidden')
}

/** Whoever finds a key may use it, but not make more of them, take the account over or administer others. @throws forbidden */
export function requirePassword({ principal, proof }: Caller): void {
  refuseImpersonator(principal)
  if (proof === 'person') return
  throw new GatehouseError('forbidden', { message: 'An API key may not do this: it needs a log-in with a password.' })
}

/** Whoever limited a credential did not mean it to manage others; a guest proved nothing at all. @throws forbidden */
export function requireUnlimited({ principal: { identity } }: Caller): void {
  // Strangers who are taken for one account have nothing of it to manage: its keys are those of who runs this place.
  if (identity.method === 'guest') throw new GatehouseError('forbidden')
  if (identity.scopes === undefined && identity.workflow === undefined) return
  throw new GatehouseError('forbidden', { message: 'A limited key or token may not do this.' })
}

/** Nothing of theirs is taken away or changed behind somebody's back. @throws forbidden */
export function refuseImpersonator({ identity }: Principal): void {
  if (identity.impersonator === undefined) return
  throw new GatehouseError('forbidden', { message: 'Nobody may do this in the place of somebody else.' })
}

/** What could do lasting harm from a desk somebody walked away from. @throws proof_too_old */
export function requireFreshProof(context: Pick<OwnApiContext, 'now'>, { principal }: Pick<Caller, 'principal'>): void {
  refuseImpersonator(principal)
  if (!isFreshProof(principal.identity, context.now())) throw new GatehouseError('proof_too_old')
}

/** Who the request turned out to be from; undefined before that is known, and for strangers. */
export function callerOf(request: Request): Caller | undefined {
  return callers.get(request)
}

/** The query of an own address. @throws bad_request for a repeated key */
export function readQuery(request: Request): ReadonlyMap<string, string> {
  const parameters = new URL(request.originalUrl, 'http://own.invalid').searchParams
  const query = new Map(parameters)
  if (query.size < [...parameters].length) throw new GatehouseError('bad_request')
  return query
}

function sentByPage(request: Request, session: SessionHash | undefined): SentByPage {
  return { page: request.get(pageHeader), csrf: request.get(csrfHeader), session }
}
