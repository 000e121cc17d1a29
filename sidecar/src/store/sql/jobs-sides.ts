/** What is written beside the jobs themselves? Ids and numbers that were given out, answers to repeat, posts to watch for. */
import type { TenantId, UpstreamPromptId } from '@gatehouse/shared/ids'
import type { Kysely, Transaction } from 'kysely'
import type { JobFacts, StoredSubmission } from '../job-store.ts'
import type { LedgerTables } from './tables/ledger.ts'

export async function reserveId(db: Kysely<LedgerTables>, id: string): Promise<boolean> {
  const result = await db
    .insertInto('job_ids')
    .values({ id })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function takeNumber(db: Kysely<LedgerTables>, tenantId: TenantId): Promise<number> {
  const row = await db
    .insertInto('job_numbers')
    .values({ tenant_id: tenantId, next: 1 })
    .onConflict((conflict) =>
      conflict.column('tenant_id').doUpdateSet((eb) => ({ next: eb('job_numbers.next', '+', 1) })),
    )
    .returning('next')
    .executeTakeFirstOrThrow()
  return row.next - 1
}

export async function keepSubmission(trx: Transaction<LedgerTables>, submission: StoredSubmission): Promise<void> {
  await trx
    .insertInto('submissions')
    .values({
      user_id: submission.userId,
      key_hash: submission.keyHash,
      answer: submission.answer,
      at_ms: submission.atMs,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export function postWatcher(worker: string) {
  return async (
    db: Kysely<LedgerTables>,
    job: Pick<JobFacts, 'id'>,
    upstreamId: UpstreamPromptId,
    sinceMs: number,
  ): Promise<void> => {
    await db
      .insertInto('dead_posts')
      .values({ upstream_id: upstreamId, job_id: job.id, since_ms: sinceMs, worker })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}
