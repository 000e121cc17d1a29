/** How does a job end that no worker will end? As failed with the reason `worker_lost`, and a sentence for its owner. */
import type { JobFacts } from '../store/job-store.ts'
import { arrayOr } from '../transform/json-shape.ts'
import type { LedgerParts } from './parts.ts'

export async function endLost(parts: LedgerParts, facts: JobFacts, message: string): Promise<void> {
  const job = parts.live.of(facts)
  const status = await parts.observer.lost(job, { reason: 'worker_lost', type: 'WorkerLost', message })
  parts.news.settled(job, arrayOr(status.messages))
}
