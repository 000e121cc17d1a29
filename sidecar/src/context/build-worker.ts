/** What belongs to one ComfyUI alone? Its connections, caches, jobs and live events; nothing of it serves another. */
import { join } from 'node:path'
import type { TenantId } from '@gatehouse/shared/ids'
import type { Principal } from '@gatehouse/shared/principal'
import type { LiveConfig } from '../config/live-config.ts'
import { defaultWorkerName } from '../config/workers-schema.ts'
import type { Events } from '../events.ts'
import type { FindDisk } from '../files/disk.ts'
import type { Audience } from '../hub/audience.ts'
import type { Backlog } from '../hub/backlog.ts'
import type { Hub } from '../hub/hub.ts'
import type { Ledger, LedgerForHub } from '../ledger/create-ledger.ts'
import type { TakePromptTurn } from '../ledger/ports.ts'
import type { Log } from '../log.ts'
import type { Forwards } from '../narrow.ts'
import type { MayPass } from '../policy/report-only.ts'
import type { OwnJobs, World } from '../policy/world.ts'
import type { Upstream } from '../proxy/upstream.ts'
import { identityHeader } from '../proxy/upstream-headers.ts'
import { type Comfyui, type ComfyuiDependencies, createComfyui } from './build-comfyui.ts'
import { forwardsFor } from './build-forwards.ts'
import { createWorkerHub } from './build-hub.ts'
import { createWorkerLedger, type IdentityOf, ledgerUpstream } from './build-ledger.ts'
import { createDiskFinder } from './build-storage.ts'
import { createWorlds } from './build-worlds.ts'
import type { OpenedStore } from './open-store.ts'

export interface WorkerOptions extends Omit<ComfyuiDependencies, 'upstream' | 'assetsDir'> {
  readonly live: LiveConfig
  readonly log: Log
  readonly events: Events
  readonly opened: OpenedStore
  readonly instanceSecret: string
  readonly everybody: Audience
  readonly backlog: Backlog
  readonly takePromptTurn: TakePromptTurn
  /** Whether a rule only reports what it would refuse. */
  readonly mayPass: MayPass
  /** Ends the supervised ComfyUI, which is the default worker, and starts another. */
  readonly restartComfyui?: ((reason: string) => void) | undefined
  /** On which worker a tenant is placed. */
  readonly homeOf: (tenantId: TenantId) => Promise<string>
}

/** Before anybody listens: the ledger knows its jobs, and hears nothing yet. */
export interface QuietWorker {
  readonly name: string
  readonly upstream: Upstream
  readonly comfyui: Comfyui
  readonly ledger: Ledger
  readonly findDisk: FindDisk
}

export interface Worker extends QuietWorker {
  readonly hub: Hub
  readonly forwardsFor: (principal: Principal) => Forwards
  readonly worldOf: (principal: Principal) => World
}

export async function createQuietWorker(options: WorkerOptions, upstream: Upstream): Promise<QuietWorker> {
  const { name } = upstream
  const assets = name === defaultWorkerName ? 'assets' : `assets-of-${name}`
  const comfyui = createComfyui({
    ...options,
    upstream,
    assetsDir: join(options.live.current().dataDir, 'cache', assets),
  })
  const ledger = await createWorkerLedger({
    ...options,
    worker: name,
    upstream: ledgerUpstream(upstream, identityOfOwner(options)),
    facts: comfyui.facts,
    isHome: async (tenantId) =>
      options.homeOf(tenantId).then(
        (home) => home === name,
        () => false,
      ),
  })
  return { name, upstream, comfyui, ledger, findDisk: createDiskFinder({ live: options.live, upstream }) }
}

export interface ListeningOptions {
  readonly hubSide: LedgerForHub
  readonly jobsOf: (principal: Principal) => OwnJobs
}

export function createListeningWorker(options: WorkerOptions, quiet: QuietWorker, own: ListeningOptions): Worker {
  const { name, upstream, comfyui, ledger, findDisk } = quiet
  const hub = createWorkerHub({
    ...options,
    upstream,
    comfyui,
    ledger: own.hubSide,
    restartComfyui: name === defaultWorkerName ? options.restartComfyui : undefined,
  })
  const worldOf = createWorlds({
    live: options.live,
    ledger: { jobsOf: own.jobsOf, filesOf: ledger.filesOf },
    comfyui,
    findDisk,
    clock: options.clock,
  })
  return { ...quiet, hub, forwardsFor: forwardsFor(upstream, options.live), worldOf }
}

/** Asked when a prompt is posted, which may be long after its owner went away. */
function identityOfOwner({ live, opened }: Pick<WorkerOptions, 'live' | 'opened'>): IdentityOf {
  return async (owner) => {
    const name = live.current().tenancy.identity_header
    const member = name === undefined ? undefined : await opened.store.users.findById(owner)
    return name === undefined || member === undefined ? undefined : identityHeader(name, member.name)
  }
}
