/** How do the ledger's pieces become one? Reads what is on disk, and says what each caller may use. */
import type { TenantId } from '@gatehouse/shared/ids'
import type { Json } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import type { OwnFiles, OwnJobs } from '../policy/world.ts'
import { createFairQueue } from '../queue/fair-queue.ts'
import type { FileStore } from '../store/file-store.ts'
import type { JobStore } from '../store/job-store.ts'
import { createEndings, type Endings } from './endings.ts'
import { createGraveyard, type Graveyard } from './graveyard.ts'
import { createLiveJobs, type LiveJob, type LiveJobs } from './live-job.ts'
import { createGate, createKeyedLock } from './locks.ts'
import { createMovers, type Movers } from './move-away.ts'
import { createObserver, type Observer } from './observe.ts'
import { createOwnFiles } from './own-files.ts'
import { createOwnJobs } from './own-jobs.ts'
import type { LedgerNews, LedgerParts } from './parts.ts'
import { createPlaces, type Places } from './places.ts'
import type {
  Clock,
  JudgeJob,
  LedgerLog,
  LimitsOf,
  MayStillRun,
  Normalise,
  TakePromptTurn,
  TenantNames,
  TenantRef,
} from './ports.ts'
import { type Reconciled, reconcile } from './reconcile.ts'
import { createRendered } from './rendered.ts'
import { createOnce } from './submission-key.ts'
import { upstreamClientId } from './tenant-secrets.ts'
import { createUntold, type Untold } from './untold.ts'
import { createUpstreamQueue, type Upstream } from './upstream.ts'
import { stopJobs } from './withdraw.ts'
import { createWorkerJobs, type WorkerJobs } from './worker-jobs.ts'

export interface LedgerDependencies {
  /** Which ComfyUI it is: `store`, `files` and `upstream` are this one's. */
  readonly worker: string
  readonly store: JobStore
  readonly files: FileStore
  readonly upstream: Upstream
  /** Whether a tenant is placed on this worker. */
  readonly isHome: (tenantId: TenantId) => Promise<boolean>
  readonly normalise: Normalise
  readonly namesOf: (tenant: TenantRef) => TenantNames
  readonly limitsOf: LimitsOf
  readonly takePromptTurn: TakePromptTurn
  readonly mayStillRun: MayStillRun
  /** Of one that comes from another worker. */
  readonly judgeArrival: JudgeJob
  /** Persisted; salts, node prefixes, temp names and the upstream client id are derived from it. */
  readonly instanceSecret: string
  readonly clock: Clock
  readonly log: LedgerLog
  /** Finished jobs kept for each tenant; ComfyUI keeps 10,000. */
  readonly keepFinishedCount?: number
}

export interface Ledger extends Movers {
  jobsOf(principal: Principal): OwnJobs
  filesOf(principal: Principal): OwnFiles
  /** What would become of a prompt, without queueing it. @throws comfyui_down */
  readonly judge: Normalise
  /** Stops every job that must not go on. @throws comfyui_down */
  stopJobs(judge: JudgeJob): Promise<void>
  /** @throws comfyui_down */
  reconcile(): Promise<Reconciled>
  readonly hubSide: LedgerForHub
  close(): void
}

/** What the hub uses; never handed to a row. */
export interface LedgerForHub
  extends Pick<LiveJobs, 'find'>,
    Pick<Untold, 'told'>,
    Pick<Places, 'position'>,
    Omit<Observer, 'record' | 'lost'>,
    WorkerJobs {
  readonly clientId: string
  /** An ending as its owner hears it. */
  ending: Endings['told']
  counts(tenantId: TenantId): Promise<{ readonly pending: number; readonly running: number }>
  hasActiveJobs(): Promise<boolean>
  reconcile(): Promise<Reconciled>
  /** Whether the prompt must not run; it is stopped. */
  stopIfDead(upstreamId: string): Promise<boolean>
  listen(listener: Partial<LedgerNews>): () => void
}

const defaultKeepFinishedCount = 10_000

/** What was recorded and never accepted is over: its client heard nothing, and it is stopped should it turn up. */
async function dropUnaccepted(store: JobStore, clock: Clock): Promise<void> {
  for (const job of await store.activeOfEverybody()) {
    if (job.state === 'submitting') await store.discard(job, { sinceMs: clock.nowMs() })
  }
}

export async function createLedger(deps: LedgerDependencies): Promise<Ledger> {
  const { store, files, clock, log } = deps
  await dropUnaccepted(store, clock)
  const queue = createUpstreamQueue(deps.upstream)
  const news = createNews()
  const idle = !(await store.activeOfEverybody()).some((job) => job.state === 'in_progress')
  const fair = createFairQueue(await store.pastTurns(), { idle })
  const graveyard = createGraveyard({ store, queue, clock, log, known: await store.deadPosts() })
  const endings = createEndings()
  const observer = createObserver({
    endings,
    store,
    files,
    queue,
    fair,
    clock,
    instanceSecret: deps.instanceSecret,
    keepFinishedCount: deps.keepFinishedCount ?? defaultKeepFinishedCount,
    changed: (job) => news.changed(job.tenantId),
  })
  const parts: LedgerParts = {
    ...{ store, files, queue, fair, clock, log, graveyard, observer, news, endings },
    gate: createGate(),
    tenantLock: createKeyedLock(),
    live: createLiveJobs(store, deps.namesOf),
    normalise: deps.normalise,
    limitsOf: deps.limitsOf,
    isHome: deps.isHome,
    takePromptTurn: deps.takePromptTurn,
    mayStillRun: deps.mayStillRun,
    judgeArrival: deps.judgeArrival,
    clientId: upstreamClientId(deps.instanceSecret, deps.worker),
    rendered: createRendered(store),
    untold: createUntold(clock),
    places: createPlaces({ store, clock }),
  }
  const once = createOnce({ store, clock })
  return {
    jobsOf: (principal) => createOwnJobs(parts, once, principal),
    judge: deps.normalise,
    filesOf: (principal) => createOwnFiles({ files, clock }, principal),
    ...createMovers(parts),
    stopJobs: (judge) => stopJobs(parts, judge),
    reconcile: () => reconcile(parts),
    hubSide: createHubSide(parts, news),
    close: () => graveyard.close(),
  }
}

function createHubSide(parts: LedgerParts, news: News): LedgerForHub {
  const { store, observer, graveyard } = parts
  return {
    clientId: parts.clientId,
    find: (upstreamId) => parts.live.find(upstreamId),
    told: (upstreamId) => parts.untold.told(upstreamId),
    started: (job) => observer.started(job),
    ownEvent: (job, event, data, cached) => observer.ownEvent(job, event, data, cached),
    finished: (job, seen) => observer.finished(job, seen),
    counts: (tenantId) => store.counts(tenantId),
    position: parts.places.position,
    ending: parts.endings.told,
    hasActiveJobs: async () => (await store.activeOfEverybody()).length > 0,
    ...createWorkerJobs(parts),
    reconcile: () => reconcile(parts),
    stopIfDead: (upstreamId) => stopIfDead(graveyard, upstreamId),
    listen: (listener) => news.listen(listener),
  }
}

async function stopIfDead(graveyard: Graveyard, upstreamId: string): Promise<boolean> {
  if (!graveyard.holds(upstreamId)) return false
  await graveyard.stop(upstreamId)
  return true
}

interface News extends LedgerNews {
  listen(listener: Partial<LedgerNews>): () => void
}

function createNews(): News {
  const listeners = new Set<Partial<LedgerNews>>()
  return {
    changed: (tenantId: TenantId) => {
      for (const listener of listeners) listener.changed?.(tenantId)
    },
    settled: (job: LiveJob, messages: readonly Json[]) => {
      for (const listener of listeners) listener.settled?.(job, messages)
    },
    doubtful: () => {
      for (const listener of listeners) listener.doubtful?.()
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
