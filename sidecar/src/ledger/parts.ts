/** Which pieces share the ledger's work? One record, so that each step takes the slice it needs. */
import type { TenantId } from '@gatehouse/shared/ids'
import type { Json } from '@gatehouse/shared/json'
import type { FairQueue } from '../queue/fair-queue.ts'
import type { FileStore } from '../store/file-store.ts'
import type { JobStore } from '../store/job-store.ts'
import type { Endings } from './endings.ts'
import type { Graveyard } from './graveyard.ts'
import type { LiveJob, LiveJobs } from './live-job.ts'
import type { Gate, KeyedLock } from './locks.ts'
import type { Observer } from './observe.ts'
import type { Places } from './places.ts'
import type { Clock, JudgeJob, LedgerLog, LimitsOf, MayStillRun, Normalise, TakePromptTurn } from './ports.ts'
import type { Rendered } from './rendered.ts'
import type { Untold } from './untold.ts'
import type { UpstreamQueue } from './upstream.ts'

export interface LedgerParts {
  readonly store: JobStore
  readonly files: FileStore
  readonly queue: UpstreamQueue
  readonly fair: FairQueue
  readonly clock: Clock
  readonly log: LedgerLog
  /** Reconciling runs alone; everything else that changes ComfyUI's queue runs shared. */
  readonly gate: Gate
  /** Inside the gate: one change at a time for each tenant. */
  readonly tenantLock: KeyedLock<TenantId>
  readonly graveyard: Graveyard
  readonly live: LiveJobs
  readonly observer: Observer
  readonly normalise: Normalise
  readonly limitsOf: LimitsOf
  readonly takePromptTurn: TakePromptTurn
  readonly mayStillRun: MayStillRun
  /** Of one that comes from another worker. */
  readonly judgeArrival: JudgeJob
  /** Whether the tenant is placed on this worker. */
  readonly isHome: (tenantId: TenantId) => Promise<boolean>
  /** The secret id of the one upstream socket. */
  readonly clientId: string
  readonly news: LedgerNews
  readonly rendered: Rendered
  readonly untold: Untold
  readonly places: Places
  readonly endings: Endings
}

/** What the hub wants to hear about. */
export interface LedgerNews {
  /** The tenant's own counts changed. */
  changed(tenantId: TenantId): void
  /** A job ended without frames that would tell. */
  settled(job: LiveJob, messages: readonly Json[]): void
  /** The ledger no longer knows for sure what ComfyUI holds. */
  doubtful(): void
}
