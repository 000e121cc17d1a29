/** How are own pages and API reached? The Express lane, with health beside it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Json } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import type { Audit } from '../audit/audit.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { Events } from '../events.ts'
import { createOwnStorage } from '../files/own-storage.ts'
import { refuseAmbient } from '../http/cross-site.ts'
import { asGatehouseError } from '../http/error-handler.ts'
import { credentialInputOf, type RequestScope } from '../http/request-scope.ts'
import type { AddressGate } from '../identity/address-lists.ts'
import type { IdentityServices } from '../identity/create-identity.ts'
import { mayChooseName } from '../identity/given-names.ts'
import type { EnterChange } from '../limits/change-rate.ts'
import type { EnterRequest } from '../limits/in-flight.ts'
import type { OwnApiContext, RegistrationRules } from '../own-api/context.ts'
import type { HealthSources } from '../own-api/health-sources.ts'
import { createOwnExpress } from '../own-api/own-express.ts'
import type { OwnJobs } from '../policy/world.ts'
import { createFileStore } from '../store/sql/files.ts'
import type { ResolvePrincipal } from '../tenant/resolve-principal.ts'
import { isObject } from '../transform/json-shape.ts'
import type { Comfyui } from './build-comfyui.ts'
import { createOwnPublished } from './build-published.ts'
import type { Worker } from './build-worker.ts'
import { inTime } from './in-time.ts'
import type { OpenedStore } from './open-store.ts'
import type { Workers } from './workers.ts'

/** Whoever watches over the health of a server waits seconds at most. */
const devicePatienceMs = 2_000

export interface OwnPagesOptions {
  readonly opened: OpenedStore
  readonly identity: IdentityServices
  readonly resolvePrincipal: ResolvePrincipal
  readonly addresses: AddressGate
  readonly workers: Workers
  readonly enterRequest: EnterRequest
  readonly enterChange: EnterChange
  readonly audit: Audit
  readonly live: LiveConfig
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
    addresses: options.addresses,
    enterRequest: options.enterRequest,
    enterChange: options.enterChange,
    queuePlaces: async (principal) => (await jobsOf(options.workers, principal)).places(),
    published: createOwnPublished({ workflows: options.opened.store.publishedWorkflows, workers: options.workers }),
    storageOf: storageOn(options),
    audit: options.audit,
    registration: () => registrationRules(options.live),
    mayChooseName: (name) => mayChooseName(options.live.current(), name),
    jobsAtLogout: () => options.live.current().auth.jobs_at_logout,
    roles: options.live.roles,
    needsFactor: (role) => options.live.current().roles[role]?.second_factor === 'required',
    publicScheme: options.publicScheme,
    publicUrl: () => options.live.current().server.public_url,
    webDir: options.webDir,
    requestId: (message) => scopes.get(message)?.id ?? '',
    clientAddress: (message) => scopes.get(message)?.clientAddress ?? '',
    credentialInput: (message) => ({ ...credentialInputOf(requireScope(scopes.get(message))), isNavigation: false }),
    refuseAmbient: (message, proven) => {
      // Our cookie counts, too: SameSite lets sibling hosts send it along.
      const isByCookie = proven.session !== undefined
      refuseAmbient(requireScope(scopes.get(message)), isByCookie ? { ...proven, isAmbient: true } : proven)
    },
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

function registrationRules(live: LiveConfig): RegistrationRules {
  const { registration: mode, registration_role: role, registration_waiting: waitingCount } = live.current().auth
  return { mode, role, waitingCount }
}

function requireScope(scope: RequestScope | undefined): RequestScope {
  if (scope === undefined) throw new Error('a request of the own API came past the door')
  return scope
}

/** undefined while the people of the tenant are placed on different workers. */
function ownWorker(workers: Workers, principal: Principal): Promise<Worker | undefined> {
  return workers.of(principal).catch(() => undefined)
}

/** What a tenant has waiting is known to every ledger; only how long jobs take is a worker's own. */
async function jobsOf(workers: Workers, principal: Principal): Promise<Pick<OwnJobs, 'counts' | 'places'>> {
  const { ledger } = (await ownWorker(workers, principal)) ?? workers.all[0]
  return ledger.jobsOf(principal)
}

/** On the disk of the worker where the tenant is. */
function storageOn({ workers, opened }: OwnPagesOptions): OwnApiContext['storageOf'] {
  return async (tenant) => {
    const { name, findDisk } = await workers.of({ tenant })
    return createOwnStorage({ worker: name, findDisk, files: createFileStore(opened.db, name) }, tenant)
  }
}

function healthSources({ workers, opened }: OwnPagesOptions): HealthSources {
  return {
    queue: async (principal) => {
      const { pending, running } = await (await jobsOf(workers, principal)).counts()
      return pending + running
    },
    device: async (principal) => {
      const worker = await ownWorker(workers, principal)
      return worker === undefined ? undefined : inTime(firstDevice(worker.comfyui), devicePatienceMs)
    },
    worker: async (principal) => (await ownWorker(workers, principal))?.hub.worker() ?? 'down',
    workers: () => new Map(workers.all.map(({ name, hub }) => [name, hub.worker()])),
    comfyui: () => {
      const up = workers.all.filter(({ hub }) => hub.isUpstreamOpen())
      if (up.length === 0) return 'down'
      return up.length === workers.all.length ? 'up' : 'partly'
    },
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
