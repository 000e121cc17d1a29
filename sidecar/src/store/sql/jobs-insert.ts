/** How is a new job written? Its owner first, and large texts in turns, so that nobody waits for megabytes. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { NewJob } from '../job-store.ts'
import { cutTexts, writePieces } from './job-texts.ts'
import type { LedgerTables } from './tables/ledger.ts'

/** Whoever dies in between leaves a job that was never accepted, which the next start drops. */
export async function insertJob(db: Kysely<LedgerTables>, job: NewJob, worker: string): Promise<void> {
  const { columns, turns } = cutTexts(job)
  const [first = [], ...rest] = turns
  await db.transaction().execute(async (trx) => {
    await trx
      .insertInto('jobs')
      .values({ ...factsOf(job), ...columns, worker })
      .execute()
    await writePieces(trx, job.id, first)
  })
  try {
    for (const pieces of rest) {
      await nextTurn()
      await writePieces(db, job.id, pieces)
    }
  } catch (error) {
    await db.deleteFrom('jobs').where('id', '=', job.id).execute()
    throw error
  }
}

function factsOf(job: NewJob) {
  return {
    id: job.id,
    tenant_id: job.tenantId,
    user_id: job.userId,
    folder_key: job.folderKey,
    client_id: job.clientId ?? null,
    number: job.number,
    sort_number: job.sortNumber,
    outputs_to_execute: job.outputsToExecute,
    workflow_id: job.workflowId ?? null,
    moved: 0,
    had_secret: job.hadSecret ? 1 : 0,
    queued_by: job.queuedBy ?? null,
    queued_as: job.queuedAs ?? null,
    by_one_factor: job.isByOneFactor ? 1 : 0,
    state: 'submitting',
    upstream_id: job.upstreamId,
    upstream_number: job.upstreamNumber,
    upstream_finish: job.upstreamFinish,
    created_at_ms: job.createdAtMs,
    visible: 1,
    attempt: 1,
    suspected_count: 0,
    duration_ms: 0,
    outputs: '{}',
    meta: '{}',
  } as const
}
