/** What does the ledger keep about jobs? The interface; `sql/jobs.ts` keeps them. */
import type { FolderKey, JobId, TenantId, UpstreamPromptId, UserId } from '@gatehouse/shared/ids'
import type { RoleName } from '@gatehouse/shared/roles'

/** `submitting`: recorded, not yet accepted by ComfyUI, shown to nobody. */
export type StoredJobState = 'submitting' | 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled'

/** What every decision about a job needs, without its large texts. */
export interface JobFacts {
  readonly id: JobId
  readonly tenantId: TenantId
  readonly userId: UserId
  readonly folderKey: FolderKey
  readonly clientId: string | undefined
  readonly state: StoredJobState
  /** The tenant's own order: `number` as a double. */
  readonly sortNumber: number
  /** Order of arrival. */
  readonly seq: number
  /** 2 after the worker was lost while it ran. */
  readonly attempt: number
  /** How often ComfyUI was lost while this job was the next to run. */
  readonly suspectedCount: number
  readonly upstreamId: UpstreamPromptId
  readonly upstreamNumber: number
  readonly upstreamFinish: number
  /** It carried a Comfy.org token, which nobody kept: it is never posted again. */
  readonly hadSecret: boolean
  /** Names the credential (`ended-credentials.ts`). Undefined, as what follows, for jobs of versions that did not ask. */
  readonly queuedBy: string | undefined
  /** The role that the person had. */
  readonly queuedAs: RoleName | undefined
  readonly isByOneFactor: boolean
  readonly createdAtMs: number
}

/** A job's texts, JSON as it was written. */
export interface JobTexts {
  readonly number: string
  readonly prompt: string
  readonly extraData: string
  readonly outputsToExecute: string
}

export interface NewJob extends JobTexts, Omit<JobFacts, 'seq' | 'state' | 'attempt' | 'suspectedCount'> {
  readonly workflowId: string | undefined
  /** What is posted, without ids, number, extra data and secrets. */
  readonly upstreamBody: string
}

/** What lists show: no graph, no extra data. */
export interface JobListingRow extends JobFacts {
  readonly number: string
  readonly workflowId: string | undefined
  readonly startedAtMs: number | undefined
  readonly finishedAtMs: number | undefined
  readonly outputs: string
  readonly status: string | undefined
  readonly meta: string
}

export interface JobRow extends JobListingRow, JobTexts {}

export interface FinishedJob {
  readonly state: 'completed' | 'failed' | 'cancelled'
  readonly reason: string | undefined
  readonly outputs: string
  readonly status: string
  readonly meta: string
  readonly durationMs: number
  readonly finishedAtMs: number
}

export interface JobListQuery {
  readonly states: readonly StoredJobState[]
  readonly workflowId: string | undefined
  readonly sortBy: 'created_at' | 'execution_duration'
  readonly sortOrder: 'asc' | 'desc'
  readonly limit: number | undefined
  readonly offset: number
}

export interface Repost {
  readonly upstreamId: UpstreamPromptId
  readonly upstreamNumber: number
  readonly upstreamFinish: number
  readonly attempt: number
  readonly suspectedCount: number
}

/** One turn that was given out, for rebuilding the fair queue. */
export interface PastTurn {
  readonly tenantId: TenantId
  readonly number: number
  readonly finish: number
  readonly served: boolean
}

/** An id under which a job may still turn up in ComfyUI although it must not run there. */
export interface DeadPost {
  readonly upstreamId: UpstreamPromptId
  readonly sinceMs: number
}

/**
 * One worker's jobs. What a tenant asks about itself is answered from every worker (`find`, `list`, `history`, `active`,
 * `counts`, `ahead`); what is compared with, or changed in, a ComfyUI is this one's alone.
 */
export interface JobStore {
  /** Another text after every write of this process or of another one; the same text means the same rows. */
  version(): Promise<string>
  /** Takes an id for ever; false when anybody ever had it. */
  reserveId(id: string): Promise<boolean>
  /** The tenant's next own number, counting from 0. */
  takeNumber(tenantId: TenantId): Promise<number>
  /** In steps, between which others have their turn; the job counts, and has its owner, from the first. */
  insert(job: NewJob): Promise<void>
  /** ComfyUI accepted it; keeps the answer for a request that is sent again. */
  accept(id: JobId, submission: StoredSubmission | undefined): Promise<void>
  /** Never was: the row goes, and its upstream id is watched for when `watch`. */
  discard(job: JobFacts, watch: { readonly sinceMs: number } | undefined): Promise<void>
  /** False when the job was no longer waiting. */
  start(upstreamId: UpstreamPromptId, startedAtMs: number): Promise<boolean>
  /** Gives a waiting or lost job a new upstream id; false when it is no longer under `from`. */
  repost(from: UpstreamPromptId, to: Repost, watch: { readonly sinceMs: number } | undefined): Promise<boolean>
  /** Another worker is to post a waiting job; `watch`: this one may still come to hold it. False when it no longer waits. */
  moveTo(job: JobFacts, worker: string, watch: { readonly sinceMs: number } | undefined): Promise<boolean>
  /** False when it had ended already. */
  finish(id: JobId, result: FinishedJob): Promise<boolean>
  /** Ends a pending job that nobody shall see again; false when it was not pending. */
  withdraw(job: JobFacts, at: { readonly nowMs: number; readonly watch: boolean }): Promise<boolean>
  forget(tenantId: TenantId, which: readonly string[] | 'all'): Promise<void>
  /** Forgets the oldest finished jobs of a tenant beyond `keepCount`. */
  prune(tenantId: TenantId, keepCount: number): Promise<void>

  find(tenantId: TenantId, id: string): Promise<JobRow | undefined>
  findByUpstreamId(upstreamId: string): Promise<JobFacts | undefined>
  upstreamBody(id: JobId): Promise<string | undefined>
  extraData(id: JobId): Promise<string | undefined>
  counts(
    tenantId: TenantId,
  ): Promise<{ readonly pending: number; readonly running: number; readonly submitting: number }>
  ahead(tenantId: TenantId): Promise<number | undefined>
  /** Waiting jobs in the order they will run, each with the number of anybody's jobs before it. */
  places(tenantId: TenantId): Promise<readonly { readonly id: JobId; readonly ahead: number }[]>
  /** Milliseconds that everybody's last `count` completed jobs took. */
  recentDurations(count: number): Promise<readonly number[]>
  list(
    tenantId: TenantId,
    query: JobListQuery,
  ): Promise<{ readonly jobs: readonly JobListingRow[]; readonly total: number }>
  history(
    tenantId: TenantId,
    page: { readonly offset: number; readonly limit: number | undefined },
  ): Promise<readonly JobRow[]>
  historyCount(tenantId: TenantId): Promise<number>
  /** Running, then pending jobs in the order they will run. */
  active(tenantId: TenantId): Promise<readonly JobRow[]>
  /** Those of this worker, without their texts. */
  activeFacts(tenantId: TenantId): Promise<readonly JobFacts[]>
  /** Running, then waiting jobs of everybody, in the order they will run; with those still being submitted. */
  activeOfEverybody(): Promise<readonly JobFacts[]>
  /** Waiting jobs that came from another worker and were not posted yet, in the order they waited there. */
  arrivals(): Promise<readonly JobFacts[]>
  /** For rebuilding the fair queue. */
  pastTurns(): Promise<readonly PastTurn[]>
  /** Of the last job that ended with a result; ComfyUI's memory holds it until it restarts. */
  lastFinishedUpstreamId(): Promise<UpstreamPromptId | undefined>

  deadPosts(): Promise<readonly DeadPost[]>
  watchPost(upstreamId: UpstreamPromptId, jobId: JobId, sinceMs: number): Promise<void>
  dropDeadPosts(beforeMs: number): Promise<void>

  submission(userId: UserId, keyHash: string): Promise<string | undefined>
  dropSubmissions(beforeMs: number): Promise<void>
}

/** The answer to one `POST /prompt`, by its idempotency key. */
export interface StoredSubmission {
  readonly userId: UserId
  readonly keyHash: string
  readonly answer: string
  readonly atMs: number
}
