/** What happens to a request, step by step? The story that HTTP requests and upgrades walk alike. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { SessionHash } from '@gatehouse/shared/ids'
import type { Identity, Principal } from '@gatehouse/shared/principal'
import type { RequestWatch } from './audit/watch-requests.ts'
import type { Events } from './events.ts'
import { GatehouseError } from './gatehouse-error.ts'
import type { ClientAddressOf } from './http/client-address.ts'
import { refuseAmbient, refuseCrossSite, refuseForeignUse } from './http/cross-site.ts'
import { asGatehouseError, type ErrorPages, writeError, writeUpgradeError } from './http/error-handler.ts'
import { createRequestBody } from './http/request-body.ts'
import { credentialInputOf, openScope, type RequestScope } from './http/request-scope.ts'
import { writeAnswer } from './http/write-answer.ts'
import type { AddressGate } from './identity/address-lists.ts'
import type { Authenticate } from './identity/authenticate.ts'
import { isFreshProof } from './identity/fresh-proof.ts'
import { isOfThisMachine } from './identity/this-machine.ts'
import type { EnterRequest } from './limits/in-flight.ts'
import { type Forwards, narrow } from './narrow.ts'
import type { CanonicalRequest } from './policy/canonical-request.ts'
import type { RouteTable } from './policy/compile-table.ts'
import { type Decision, decide } from './policy/decide.ts'
import type { MayPass } from './policy/report-only.ts'
import { passReportedRow } from './policy/report-rows.ts'
import type { Row } from './policy/row.ts'
import type { CachedAnswers, World } from './policy/world.ts'
import { staticFiles } from './routes/static.ts'

export interface LaneContext {
  readonly table: RouteTable
  readonly publicOrigins: ReadonlySet<string>
  readonly clock: () => number
  readonly events: Events
  readonly watch: RequestWatch
  readonly mayPass: MayPass
  readonly errorPages: ErrorPages
  readonly clientAddressOf: ClientAddressOf
  readonly addresses: Pick<AddressGate, 'admit'>
  readonly authenticate: Authenticate
  readonly resolvePrincipal: (identity: Identity) => Promise<Principal>
  readonly carriesCookie: (headers: ReadonlyMap<string, string>) => boolean
  readonly isOwnPage: (reference: string, principal: Principal) => boolean
  readonly isOwnCsrf: (token: string, session: SessionHash) => boolean
  /** @throws too_many_requests */
  readonly enterRequest: EnterRequest
  readonly worldOf: (principal: Principal) => Promise<World>
  /** Of the principal's own ComfyUI; a stranger sees the default one's frontend. */
  readonly cachedFor: (principal: Principal | undefined) => Promise<CachedAnswers>
  readonly forwardsOf: (principal: Principal) => Promise<Forwards>
  readonly joinHub: (message: IncomingMessage, socket: Duplex, head: Buffer, scope: JoinScope) => Promise<void>
}

export interface JoinScope {
  readonly requestId: string
  readonly principal: Principal
  readonly clientAddress: string
  readonly clientId: string | undefined
}

/** Whether the Express lane serves this request: own pages and API. */
export function isOwnPath(request: Pick<CanonicalRequest, 'segments' | 'underApi'>): boolean {
  const [first, second, ...rest] = request.segments
  if (request.underApi) {
    return (first === 'health' && second === undefined) || (first === 'auth' && second === 'login' && rest.length === 0)
  }
  if (first === 'gatehouse') return true
  return second === undefined && ownPages.has(first ?? '')
}

const ownPages: ReadonlySet<string> = new Set([
  'login',
  'auth_login.html',
  'setup',
  'invite',
  'register',
  'link',
  'account',
  'health',
  'ready',
])

export interface Lane {
  /** Runs the story for HTTP; `own` takes over for own pages once the request is known to be same-site. */
  request(message: IncomingMessage, response: ServerResponse, own: (scope: RequestScope) => void): Promise<void>
  upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
}

export function createLane(context: LaneContext): Lane {
  return {
    request: async (message, response, own) => {
      let scope: RequestScope | undefined
      try {
        scope = openScope(message, false, context.clock(), context.clientAddressOf)
        refuseAddress(context, scope)
        refuseForeign(context, scope)
        if (isOwnPath(scope.request)) return own(scope)
        logWhenDone(context, scope, response)
        await serve(context, scope, message, response)
      } catch (thrown) {
        const error = asGatehouseError(thrown)
        if (scope !== undefined) {
          scope.reason = error.code
          context.watch.refused(scope, error)
        }
        context.events.requestFailed(scope?.id ?? '', error)
        await writeError(response, error, scope, context.errorPages)
      }
    },
    upgrade: async (message, socket, head) => {
      let scope: RequestScope | undefined
      try {
        scope = openScope(message, true, context.clock(), context.clientAddressOf)
        refuseAddress(context, scope)
        refuseForeign(context, scope)
        const decision = await judge(context, scope)
        if (decision.kind === 'deny' || decision.isolation.verb !== 'joined') throw new GatehouseError('not_found')
        const principal = requirePrincipal(scope)
        await context.joinHub(message, socket, head, {
          requestId: scope.id,
          principal,
          clientAddress: scope.clientAddress,
          clientId: scope.request.query.get('clientId'),
        })
        context.events.socketJoined(scope.id, principal)
      } catch (thrown) {
        const error = asGatehouseError(thrown)
        if (scope !== undefined) context.watch.refused(scope, error)
        context.events.requestFailed(scope?.id ?? '', error)
        writeUpgradeError(socket, message, error)
      }
    },
  }
}

/** A watchdog on this machine may ask how we are, whoever else may not come. */
function refuseAddress({ addresses }: LaneContext, scope: RequestScope): void {
  if (isHealth(scope.request) && isOfThisMachine(scope.peerAddress, scope.rawHeaders)) return
  addresses.admit(scope.clientAddress)
}

function isHealth({ segments: [first, second] }: CanonicalRequest): boolean {
  return second === undefined && (first === 'health' || first === 'ready')
}

function refuseForeign(context: LaneContext, scope: RequestScope): void {
  refuseCrossSite({
    method: scope.request.method,
    headers: scope.headers,
    isUpgrade: scope.isUpgrade,
    hasExplicitKey: carriesKey(scope),
    hasCookie: context.carriesCookie(scope.headers),
    publicOrigins: context.publicOrigins,
  })
}

/** A key that no browser adds by itself; Basic is not one, since browsers remember it. */
function carriesKey(scope: RequestScope): boolean {
  const bearer = /^bearer\s/i.test(scope.headers.get('authorization') ?? '')
  if (bearer || scope.headers.has('x-api-key')) return true
  // A form of another site can hold a key of its author's: it must not end, or begin, a session of the visitor's.
  return scope.queryCredentials.size > 0 && !isOwnPath(scope.request)
}

/** authenticate -> resolvePrincipal -> page binding -> decide */
async function judge(context: LaneContext, scope: RequestScope): Promise<Decision> {
  const proven = await context.authenticate(credentialInputOf(scope))
  if (proven.kind === 'identity') {
    scope.identity = proven.identity
    scope.principal = await context.resolvePrincipal(proven.identity)
    context.addresses.admit(scope.clientAddress, scope.principal.role)
    // Browsers remember a Basic password, and SameSite does not keep it at home.
    const { method } = proven.identity
    if (proven.isAmbient === true || method === 'basic') refuseAmbient(scope, method === 'trusted-header')
    refuseForeignPage(context, scope, scope.principal, proven.session?.hash)
    if (scope.principal.needsFactor === true) throw new GatehouseError('second_factor_required')
  }
  const decision = passReportedRow(decide(context.table, scope.principal, scope.request), (row) =>
    context.mayPass('owner-routes', { ...scope, address: scope.clientAddress, target: row.key, requestId: scope.id }),
  )
  scope.route = decision.row?.key
  if (decision.kind === 'allow') {
    if (proven.kind === 'identity' && proven.session !== undefined && changesServer(decision.row)) {
      refuseOldProof(context, scope, proven.identity)
    }
    const isByCookie = proven.kind === 'identity' && (proven.session !== undefined || proven.isAmbient === true)
    if (isByCookie && decision.isolation.verb === 'shared') refuseForeignUse(scope, isForOwners(decision.row))
    context.watch.allowed(scope, decision.row.resource)
    return decision
  }
  scope.reason = decision.reason
  if (decision.reason === 'not_signed_in') throw new GatehouseError('unauthenticated')
  if (decision.reason === 'permission_missing') throw new GatehouseError('forbidden')
  return decision
}

/** What runs code on the server. */
function isForOwners({ isolation }: Row): boolean {
  return isolation.verb === 'operator' && isolation.may.startsWith('manager:')
}

function changesServer({ isolation }: Row): boolean {
  return isolation.verb === 'operator' && isolation.may.startsWith('manager:') && isolation.may !== 'manager:read'
}

/** What changes the server is not for a desk that somebody walked away from; what only tells is. */
function refuseOldProof({ clock }: LaneContext, { route }: RequestScope, identity: Identity): void {
  if (!isFreshProof(identity, clock())) throw new GatehouseError('proof_too_old', { detail: route ?? '' })
}

/** A tab that outlived its person must not save one person's graph into another's account. */
function refuseForeignPage(
  context: LaneContext,
  scope: RequestScope,
  principal: Principal,
  session: SessionHash | undefined,
): void {
  const { pageReference } = scope
  if (pageReference !== undefined) {
    if (!context.isOwnPage(pageReference, principal)) throw new GatehouseError('page_belongs_to_another')
    // The same person may have signed in again in another tab: a token of the earlier session is then still theirs.
    return
  }
  const csrf = scope.headers.get('x-gatehouse-csrf')
  if (csrf !== undefined && session !== undefined && !context.isOwnCsrf(csrf, session))
    throw new GatehouseError('cross_site')
}

async function serve(
  context: LaneContext,
  scope: RequestScope,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const decision = await judge(context, scope)
  if (decision.kind === 'deny') {
    if (decision.answer === undefined) throw new GatehouseError('not_found')
    return writeAnswer(response, decision.answer)
  }
  if (decision.isolation.verb === 'opened') {
    return writeAnswer(response, await decision.isolation.by(scope.request, await context.cachedFor(scope.principal)))
  }
  const principal = requirePrincipal(scope)
  // Opening the stock UI asks for hundreds of files of custom nodes at once.
  if (decision.row.resource !== staticFiles.name) context.enterRequest(principal, response)
  await narrow(
    {
      isolation: decision.isolation,
      request: scope.request,
      world: await context.worldOf(principal),
      body: createRequestBody(message, scope.headers),
      response,
    },
    await context.forwardsOf(principal),
  )
}

function requirePrincipal(scope: RequestScope): Principal {
  if (scope.principal === undefined) throw new GatehouseError('unauthenticated')
  return scope.principal
}

function logWhenDone(context: LaneContext, scope: RequestScope, response: ServerResponse): void {
  response.once('close', () => {
    context.events.requestDone({
      requestId: scope.id,
      method: scope.request.method,
      route: scope.route,
      principal: scope.principal,
      status: response.writableFinished ? response.statusCode : 499,
      durationMs: context.clock() - scope.startedAtMs,
      reason: scope.reason,
    })
  })
}
