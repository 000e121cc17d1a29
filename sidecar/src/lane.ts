/** What happens to a request, step by step? The story that HTTP requests and upgrades walk alike. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Principal } from '@gatehouse/shared/principal'
import type { Events } from './events.ts'
import { GatehouseError } from './gatehouse-error.ts'
import type { ClientAddressOf } from './http/client-address.ts'
import { refuseCrossSite } from './http/cross-site.ts'
import { asGatehouseError, type ErrorPages, writeError, writeUpgradeError } from './http/error-handler.ts'
import { createRequestBody } from './http/request-body.ts'
import { openScope, type RequestScope } from './http/request-scope.ts'
import { writeAnswer } from './http/write-answer.ts'
import { isOfThisMachine } from './identity/this-machine.ts'
import { type JudgeContext, judgeRequest } from './judge-request.ts'
import type { EnterRequest } from './limits/in-flight.ts'
import { type Forwards, narrow } from './narrow.ts'
import type { CanonicalRequest } from './policy/canonical-request.ts'
import type { CachedAnswers, World } from './policy/world.ts'
import { staticFiles } from './routes/static.ts'

export interface LaneContext extends JudgeContext {
  readonly publicOrigins: ReadonlySet<string>
  readonly events: Events
  readonly errorPages: ErrorPages
  readonly clientAddressOf: ClientAddressOf
  readonly carriesCookie: (headers: ReadonlyMap<string, string>) => boolean
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
  'admin',
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
        const decision = await judgeRequest(context, scope)
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

async function serve(
  context: LaneContext,
  scope: RequestScope,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const decision = await judgeRequest(context, scope)
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
