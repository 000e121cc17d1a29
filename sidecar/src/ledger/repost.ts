/** How is a job that ComfyUI no longer holds posted again? Under a fresh id that is recorded first. */
import { randomUUID } from 'node:crypto'
import type { UpstreamPromptId } from '@gatehouse/shared/ids'
import type { Turn } from '../queue/fair-queue.ts'
import type { JobFacts } from '../store/job-store.ts'
import { arrayOr } from '../transform/json-shape.ts'
import type { LedgerParts } from './parts.ts'
import { postBody, type StoredPost } from './post-body.ts'

export interface RepostRequest {
  readonly job: JobFacts
  readonly turn: Turn
  readonly attempt: number
  readonly suspectedCount: number
  /** Whether ComfyUI could still come to hold it under the id it had. */
  readonly watch: boolean
}

/** `unreachable`: ComfyUI may or may not have taken it; reconciling will tell. */
export type Reposted = 'posted' | 'ended' | 'refused' | 'unreachable'

export async function repost(parts: LedgerParts, request: RepostRequest): Promise<Reposted> {
  const { job, turn, attempt, suspectedCount } = request
  const stored = await storedPost(parts, job)
  const upstreamId = parseUpstreamId(randomUUID())
  const to = { upstreamId, upstreamNumber: turn.number, upstreamFinish: turn.finish, attempt, suspectedCount }
  const watch = request.watch ? { sinceMs: parts.clock.nowMs() } : undefined
  if (stored === undefined || !(await parts.store.repost(job.upstreamId, to, watch))) return 'ended'
  if (request.watch) parts.graveyard.watch(job.upstreamId)
  const ids = { clientId: parts.clientId, upstreamId, number: turn.number }
  const answer = await parts.queue.post(postBody(stored, ids), job.userId).catch((cause: unknown) => {
    parts.log.error('repost_not_answered', cause)
    return undefined
  })
  if (answer?.status === 200) return 'posted'
  if (answer === undefined || answer.status >= 502) {
    parts.news.doubtful()
    return 'unreachable'
  }
  await refused(parts, { ...job, ...to, state: 'pending' })
  return 'refused'
}

async function storedPost({ store }: LedgerParts, { id }: JobFacts): Promise<StoredPost | undefined> {
  const body = await store.upstreamBody(id)
  const extraData = await store.extraData(id)
  return body === undefined || extraData === undefined ? undefined : { body, extraData }
}

/** What it named is gone since it was first accepted, an input file for instance. */
async function refused(parts: LedgerParts, facts: JobFacts): Promise<void> {
  const job = parts.live.of(facts)
  const message = 'ComfyUI no longer accepts this job. Queue it again to see why.'
  const status = await parts.observer.lost(job, { reason: 'refused', type: 'PromptRefused', message })
  parts.news.settled(job, arrayOr(status.messages))
}

function parseUpstreamId(id: string): UpstreamPromptId {
  return id as UpstreamPromptId
}
