/** How are own pages and API reached? The Express lane, with health beside it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Json } from '@gatehouse/shared/json'
import type { Events } from '../events.ts'
import { asGatehouseError } from '../http/error-handler.ts'
import type { RequestScope } from '../http/request-scope.ts'
import type { IdentityServices } from '../identity/create-identity.ts'
import type { EnterRequest } from '../limits/in-flight.ts'
import type { OwnApiContext } from '../own-api/context.ts'
import type { HealthSources } from '../own-api/health-sources.ts'
import { createOwnExpress } from '../own-api/own-express.ts'
import type { ResolvePrincipal } from '../tenant/resolve-principal.ts'
import { isObject } from '../transform/json-shape.ts'
import type { Comfyui } from './build-comfyui.ts'
import type { LedgerAndHub } from './build-ledger.ts'
import { inTime } from './in-time.ts'
import type { OpenedStore } from './open-store.ts'

/** Whoever watches over the health of a server waits seconds at most. */
const devicePatienceMs = 2_000

export interface OwnPagesOptions {
  readonly opened: OpenedStore
  readonly identity: IdentityServices
  readonly resolvePrincipal: ResolvePrincipal
  readonly jobs: LedgerAndHub
  readonly comfyui: Comfyui
  readonly enterRequest: EnterRequest
  readonly publicScheme: 'http' | 'https'
  readonly webDir: string
  readonly events: Events
}

export async function createOwnPages(
  options: OwnPagesOptions,
): Promise<(message: IncomingMessage, response: ServerResponse, scope: RequestScope) => void> {
  const scopes = new WeakMap<IncomingMessage, RequestScope>()
  const context: OwnApiContext = {
    store: options.opened.store,
    identity: options.identity,
    resolvePrincipal: options.resolvePrincipal,
    enterRequest: options.enterRequest,
    queuePlaces: (principal) => options.jobs.ledger.jobsOf(principal).places(),
    publicScheme: options.publicScheme,
    webDir: options.webDir,
    requestId: (message) => scopes.get(message)?.id ?? '',
    clientAddress: (message) => scopes.get(message)?.clientAddress ?? '',
    requestFailed: (requestId, error) => options.events.requestFailed(requestId, asGatehouseError(error)),
    now: Date.now,
    health: healthSources(options),
  }
  const app = await createOwnExpress(context)
  return (message, response, scope) => {
    scopes.set(message, scope)
    response.once('close', () => {
      options.events.requestDone({
        requestId: scope.id,
        method: scope.request.method,
        route: `own ${scope.request.segments.slice(0, 4).join('/')}`,
        principal: undefined,
        status: response.statusCode,
        durationMs: Date.now() - scope.startedAtMs,
        reason: undefined,
      })
    })
    app(message, response)
  }
}

function healthSources({ jobs, comfyui, opened }: OwnPagesOptions): HealthSources {
  return {
    queue: async (principal) => {
      const { pending, running } = await jobs.ledger.jobsOf(principal).counts()
      return pending + running
    },
    device: async () => inTime(firstDevice(comfyui), devicePatienceMs),
    isComfyuiUp: async () => jobs.hub.isUpstreamOpen(),
    worker: () => jobs.hub.worker(),
    isStoreUp: async () =>
      opened.store.setup.isNeeded().then(
        () => true,
        () => false,
      ),
  }
}

async function firstDevice(comfyui: Comfyui) {
  const { value } = await comfyui.facts.getJson('/system_stats')
  const device: Json | undefined = isObject(value) && Array.isArray(value.devices) ? value.devices[0] : undefined
  if (!isObject(device) || typeof device.name !== 'string') return undefined
  return { name: device.name, vramTotal: figure(device.vram_total), vramFree: figure(device.vram_free) }
}

function figure(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0
}
