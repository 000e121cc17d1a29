/** How is the sidecar put together? Builds each long-lived object once, in the order in which they need each other. */

import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { RoleName } from '@gatehouse/shared/roles'
import type { Audit } from './audit/audit.ts'
import type { RunningAudit } from './audit/create-audit.ts'
import { createMayPass } from './audit/may-pass.ts'
import { createRequestWatch } from './audit/watch-requests.ts'
import type { Config } from './config/config.ts'
import type { Environment } from './config/env.ts'
import { createLiveConfig, type LiveConfig } from './config/live-config.ts'
import { believeProxies } from './context/believe-proxies.ts'
import { buildAudit } from './context/build-audit.ts'
import { inShare } from './context/build-forwards.ts'
import { buildIdentity } from './context/build-identity.ts'
import { createOwnPages } from './context/build-own-pages.ts'
import { findWebDir } from './context/find-web.ts'
import { followChanges } from './context/follow-changes.ts'
import { createMethodSources } from './context/method-sources.ts'
import { type OpenedStore, openStore } from './context/open-store.ts'
import { readAuditKeys } from './context/read-secrets.ts'
import { inSharedTenant } from './context/shared-tenant.ts'
import { originsOf } from './context/warn-of-unknown-names.ts'
import { createWorkers, type Workers } from './context/workers.ts'
import type { Events } from './events.ts'
import type { RequestScope } from './http/request-scope.ts'
import { createAddressGate } from './identity/address-lists.ts'
import { isCertificateCredential } from './identity/client-certificate.ts'
import type { IdentityServices } from './identity/create-identity.ts'
import { createLane, type Lane } from './lane.ts'
import { createChangeRate } from './limits/change-rate.ts'
import { createInFlight } from './limits/in-flight.ts'
import { createUpstreamShare } from './limits/upstream-share.ts'
import type { Log } from './log.ts'
import { readManifest } from './own-api/pages.ts'
import { compileTable } from './policy/compile-table.ts'
import { customResources } from './policy/custom-rows.ts'
import { isReported } from './policy/report-only.ts'
import type { Resource } from './policy/row.ts'
import { resources } from './routes/index.generated.ts'
import type { Store } from './store/store.ts'
import { createResolvePrincipal, type PermissionsOf, type ResolvePrincipal } from './tenant/resolve-principal.ts'

export interface ContextOptions {
  readonly config: Config
  readonly environment: Environment
  readonly guardSecret: string | undefined
  /** Of a supervisor: ends a ComfyUI that runs no more jobs, and starts another. */
  readonly restartComfyui?: ((reason: string) => void) | undefined
  /** Whether the sidecar speaks TLS itself. */
  readonly ownTls: boolean
  readonly log: Log
  readonly events: Events
  /** The route table; the built-in one unless a test takes a wall away to see its sentences fail. */
  readonly resources?: readonly Resource[]
}

export interface AppContext {
  readonly store: Store
  readonly live: LiveConfig
  readonly audit: Audit
  readonly lane: Lane
  readonly ownPages: (message: IncomingMessage, response: ServerResponse, scope: RequestScope) => void
  /** Other client certificates count from now on: what one of them opened, over whatever connection, ends. */
  certificatesChanged(): void
  /** Begins to talk to ComfyUI. */
  start(): void
  /** Says goodbye to every open socket, and hears no more of ComfyUI. */
  hangUp(): void
  close(): Promise<void>
}

/** @throws ConfigError, store_unavailable, storage_full, bad_input */
export async function createContext(options: ContextOptions): Promise<AppContext> {
  const opened = await openStore(options.config.dataDir, readAuditKeys(options.config)?.[0])
  try {
    return await assemble(options, opened)
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function assemble(options: ContextOptions, opened: OpenedStore): Promise<AppContext> {
  const { config, environment, events } = options
  const live = createLiveConfig(config)
  const publicScheme = options.ownTls || config.server.public_url?.startsWith('https:') === true ? 'https' : 'http'
  const audit = await buildAudit({ store: opened.store.audit, live, events })
  const mayPass = createMayPass({
    isReported: (rule, role) => isReported(live.current().policy.report_only, rule, role),
    audit,
  })
  const addresses = createAddressGate({ live, audit, now: Date.now, mayPass })
  const sources = createMethodSources(live, environment, options.log)
  const identity = await buildIdentity({
    ...{ opened, live, environment, publicScheme, audit, addresses, sources },
  })
  const instanceSecret = (await opened.store.secrets.load('instance'))[0].value
  const resolvePrincipal = principals(live, opened, instanceSecret)
  const webDir = await findWebDir()
  const manifest = await readManifest(webDir)
  const workers = await createWorkers({
    ...options,
    live,
    mayPass,
    opened,
    instanceSecret,
    webDir,
    injectPath: `/gatehouse/${manifest.inject}`,
    extensionFile: manifest.extension,
    pageBinding: identity.pageBinding,
    clock: Date.now,
  })
  const enterRequest = createInFlight({ limitOf: ({ role }) => live.limitsOf(role).requests_in_flight })
  const enterChange = createChangeRate({ limitsOf: ({ role }) => live.limitsOf(role), nowMs: () => performance.now() })
  const share = createUpstreamShare()
  const lane = createLane({
    table: compileTable([...(options.resources ?? resources), ...customResources(config.routes)]),
    publicOrigins: new Set(originsOf(config)),
    clock: Date.now,
    events,
    watch: createRequestWatch(audit, enterChange),
    mayPass,
    errorPages: { waiting: () => readOptional(join(webDir, manifest.pages.waiting ?? 'waiting.html')) },
    clientAddressOf: believeProxies(live, options.log),
    addresses,
    authenticate: identity.authenticate,
    resolvePrincipal,
    carriesCookie: (headers) =>
      (headers.get('cookie') ?? '').includes(identity.sessionCookie.name) ||
      sources.jwtIssuers.isInCookie(headers.get('cookie')),
    pageBinding: identity.pageBinding,
    enterRequest,
    worldOf: async (principal) => (await workers.of(principal)).worldOf(principal),
    cachedFor: async (principal) => (await workers.of(principal)).comfyui.cached,
    forwardsOf: async (principal) => inShare((await workers.of(principal)).forwardsFor(principal), principal, share),
    joinHub: workers.join,
  })
  const ownPages = await createOwnPages({
    ...options,
    opened,
    identity,
    resolvePrincipal,
    addresses,
    workers,
    enterRequest,
    enterChange,
    audit,
    live,
    publicScheme,
    webDir,
  })
  const stopFollowing = await followChanges({
    ...{ live, environment, opened, audit, addresses, sources, identity, workers, log: options.log },
  })
  return finish({ opened, live, audit, lane, ownPages, workers, identity, stopFollowing })
}

interface Parts extends Pick<AppContext, 'live' | 'lane' | 'ownPages'> {
  readonly opened: OpenedStore
  readonly audit: RunningAudit
  readonly workers: Workers
  readonly identity: IdentityServices
  readonly stopFollowing: () => void
}

function finish({ opened, audit, workers, identity, stopFollowing, ...told }: Parts): AppContext {
  return {
    ...told,
    audit,
    store: opened.store,
    certificatesChanged: () => {
      identity.endForeignTickets()
      workers.closeSockets(({ credentialId }) => isCertificateCredential(credentialId))
    },
    start: workers.start,
    hangUp: workers.hangUp,
    close: async () => {
      stopFollowing()
      await workers.close()
      audit.record({ kind: 'server.stopped' })
      await audit.close()
      await opened.close()
    },
  }
}

function principals(live: LiveConfig, { store, feed }: OpenedStore, instanceSecret: string): ResolvePrincipal {
  const permissionsOf: PermissionsOf = (role) => live.roles().permissionsOf(role)
  const needsFactor = (role: RoleName): boolean => live.current().roles[role]?.second_factor === 'required'
  const own = createResolvePrincipal({ users: store.users, feed, permissionsOf, needsFactor })
  return live.current().tenancy.mode === 'shared' ? inSharedTenant(own, instanceSecret) : own
}

async function readOptional(file: string): Promise<Uint8Array | undefined> {
  return readFile(file).catch(() => undefined)
}
