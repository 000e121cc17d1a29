/** How does the ledger's job store live in SQL? The writes; `jobs-reading.ts` has the reads. */
import type { JobId, TenantId, UpstreamPromptId } from '@gatehouse/shared/ids'
import type { Kysely, Transaction } from 'kysely'
import { defaultWorkerName } from '../../config/workers-schema.ts'
import type { FinishedJob, JobFacts, JobStore, Repost } from '../job-store.ts'
import { insertJob } from './jobs-insert.ts'
import { createJobReading } from './jobs-reading.ts'
import { keepSubmission, postWatcher, reserveId, takeNumber } from './jobs-sides.ts'
import type { LedgerTables } from './tables/ledger.ts'

const ended = ['completed', 'failed', 'cancelled'] as const

/** The jobs of one worker. Takes a slice of the whole database, so that it works on any schema that holds these tables. */
export function createJobStore(db: Kysely<LedgerTables>, worker: string = defaultWorkerName): JobStore {
  const watchPost = postWatcher(worker)
  return {
    ...createJobReading(db, worker),
    reserveId: (id) => reserveId(db, id),
    takeNumber: (tenantId) => takeNumber(db, tenantId),
    insert: (job) => insertJob(db, job, worker),
    accept: (id, submission) =>
      db.transaction().execute(async (trx) => {
        await trx
          .updateTable('jobs')
          .set({ state: 'pending' })
          .where('id', '=', id)
          .where('state', '=', 'submitting')
          .execute()
        if (submission !== undefined) await keepSubmission(trx, submission)
      }),
    discard: (job, watch) =>
      db.transaction().execute(async (trx) => {
        if (watch !== undefined) await watchPost(trx, job, job.upstreamId, watch.sinceMs)
        await trx.deleteFrom('jobs').where('id', '=', job.id).execute()
      }),
    start: (upstreamId, startedAtMs) => start(db, upstreamId, startedAtMs),
    repost: (from, to, watch) =>
      db.transaction().execute(async (trx) => {
        const job = await repost(trx, from, { ...to, worker })
        if (job !== undefined && watch !== undefined) await watchPost(trx, job, from, watch.sinceMs)
        return job !== undefined
      }),
    moveTo: (job, target, watch) =>
      db.transaction().execute(async (trx) => {
        const isMoved = await moveTo(trx, job, target)
        if (isMoved && watch !== undefined) await watchPost(trx, job, job.upstreamId, watch.sinceMs)
        return isMoved
      }),
    finish: (id, result) => db.transaction().execute((trx) => finish(trx, id, result)),
    withdraw: (job, { nowMs, watch }) =>
      db.transaction().execute(async (trx) => {
        const isOut = await withdraw(trx, job, nowMs)
        if (isOut && watch) await watchPost(trx, job, job.upstreamId, nowMs)
        return isOut
      }),
    forget: (tenantId, which) => forget(db, tenantId, which),
    prune: (tenantId, keepCount) => prune(db, tenantId, keepCount),
    watchPost: (upstreamId, jobId, sinceMs) => watchPost(db, { id: jobId }, upstreamId, sinceMs),
    dropDeadPosts: async (beforeMs) => {
      await db.deleteFrom('dead_posts').where('since_ms', '<', beforeMs).execute()
    },
    dropSubmissions: async (beforeMs) => {
      await db.deleteFrom('submissions').where('at_ms', '<', beforeMs).execute()
    },
  }
}

async function start(db: Kysely<LedgerTables>, upstreamId: UpstreamPromptId, startedAtMs: number): Promise<boolean> {
  const result = await db
    .updateTable('jobs')
    .set({ state: 'in_progress', started_at_ms: startedAtMs })
    .where('upstream_id', '=', upstreamId)
    .where('state', 'in', ['submitting', 'pending'])
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

async function repost(
  trx: Transaction<LedgerTables>,
  from: UpstreamPromptId,
  to: Repost & { readonly worker: string },
): Promise<Pick<JobFacts, 'id'> | undefined> {
  return (
    trx
      .updateTable('jobs')
      .set({
        state: 'pending',
        started_at_ms: null,
        upstream_id: to.upstreamId,
        upstream_number: to.upstreamNumber,
        upstream_finish: to.upstreamFinish,
        attempt: to.attempt,
        suspected_count: to.suspectedCount,
        moved: 0,
      })
      .where('upstream_id', '=', from)
      // One that was moved away meanwhile is no longer this worker's to post.
      .where('worker', '=', to.worker)
      .where('state', 'in', ['pending', 'in_progress'])
      .returning('id')
      .executeTakeFirst()
  )
}

async function moveTo(trx: Transaction<LedgerTables>, job: JobFacts, worker: string): Promise<boolean> {
  const updated = await trx
    .updateTable('jobs')
    .set({ worker, moved: 1, suspected_count: 0 })
    .where('id', '=', job.id)
    .where('state', '=', 'pending')
    .executeTakeFirst()
  return updated.numUpdatedRows === 1n
}

async function finish(trx: Transaction<LedgerTables>, id: JobId, result: FinishedJob): Promise<boolean> {
  const last = await trx
    .selectFrom('jobs')
    .select((eb) => eb.fn.max('finish_seq').as('seq'))
    .executeTakeFirst()
  const updated = await trx
    .updateTable('jobs')
    .set({
      state: result.state,
      reason: result.reason ?? null,
      outputs: result.outputs,
      status: result.status,
      meta: result.meta,
      duration_ms: result.durationMs,
      finished_at_ms: result.finishedAtMs,
      finish_seq: (last?.seq ?? 0) + 1,
      ...noUpstreamBody,
    })
    .where('id', '=', id)
    .where('state', 'in', ['submitting', 'pending', 'in_progress'])
    .executeTakeFirst()
  const isFinished = updated.numUpdatedRows === 1n
  if (isFinished) await dropUpstreamPieces(trx, id)
  return isFinished
}

async function withdraw(trx: Transaction<LedgerTables>, job: JobFacts, nowMs: number): Promise<boolean> {
  const updated = await trx
    .updateTable('jobs')
    .set({ state: 'cancelled', reason: 'withdrawn', visible: 0, finished_at_ms: nowMs, ...noUpstreamBody })
    .where('id', '=', job.id)
    .where('state', '=', 'pending')
    .executeTakeFirst()
  const isOut = updated.numUpdatedRows === 1n
  if (isOut) await dropUpstreamPieces(trx, job.id)
  return isOut
}

/** It can never be posted again. */
const noUpstreamBody = { upstream_body: null, upstream_body_pieces: 0 } as const

async function dropUpstreamPieces(trx: Transaction<LedgerTables>, id: JobId): Promise<void> {
  await trx.deleteFrom('job_pieces').where('job_id', '=', id).where('part', '=', 'upstream_body').execute()
}

async function forget(db: Kysely<LedgerTables>, tenantId: TenantId, which: readonly string[] | 'all'): Promise<void> {
  const own = db
    .deleteFrom('jobs')
    .where('tenant_id', '=', tenantId)
    .where('state', 'in', ended)
    .where('visible', '=', 1)
  if (which === 'all') {
    await own.execute()
    return
  }
  // SQLite takes 32,766 parameters a statement.
  for (let from = 0; from < which.length; from += 1_000) {
    const ids = db
      .selectFrom('jobs')
      .select('seq')
      .where('id', 'in', parseIds(which.slice(from, from + 1_000)))
    await own.where('seq', 'in', ids).execute()
  }
}

function parseIds(ids: readonly string[]): JobFacts['id'][] {
  return ids.map((id) => id as JobFacts['id'])
}

async function prune(db: Kysely<LedgerTables>, tenantId: TenantId, keepCount: number): Promise<void> {
  const oldest = await db
    .selectFrom('jobs')
    .select('finish_seq')
    .where('tenant_id', '=', tenantId)
    .where('finish_seq', 'is not', null)
    .orderBy('finish_seq', 'desc')
    .offset(keepCount)
    .limit(1)
    .executeTakeFirst()
  if (oldest?.finish_seq === undefined || oldest.finish_seq === null) return
  await db.deleteFrom('jobs').where('tenant_id', '=', tenantId).where('finish_seq', '<=', oldest.finish_seq).execute()
}
