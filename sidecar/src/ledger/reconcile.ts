/** Does ComfyUI still hold what the ledger says? Compares both, and puts right what a restart of either side lost. */
import type { JsonObject } from '@gatehouse/shared/json'
import type { JobFacts } from '../store/job-store.ts'
import { arrayOr } from '../transform/json-shape.ts'
import { endLost } from './end-lost.ts'
import { postArrivals } from './move-away.ts'
import type { LedgerParts } from './parts.ts'
import { repost } from './repost.ts'
import type { QueueSnapshot } from './upstream.ts'

/** A job that was running is posted once more at most, so that one poisoned job cannot crash ComfyUI for ever. */
const attemptLimit = 2
/** How often a job may have been next to run when ComfyUI was lost, without ever being seen running. */
const suspicionLimit = 3

export interface Reconciled {
  /** Starts and ends that no frame told about: the socket is deaf when this is not 0. */
  readonly missedCount: number
  readonly repostedCount: number
  readonly lostCount: number
}

/** @throws comfyui_down */
export function reconcile(parts: LedgerParts): Promise<Reconciled> {
  // Alone: a job that is being posted meanwhile would look lost.
  return parts.gate.exclusive(async () => {
    const jobs = (await parts.store.activeOfEverybody()).filter((job) => job.state !== 'submitting')
    const snapshot = await parts.queue.snapshot()
    await parts.graveyard.sweep(snapshot)
    const { missing, missedCount } = await compare(parts, jobs, snapshot)
    if (await hasRestarted(parts, missing)) await parts.files.dropTempClaims()
    const { repostedCount, lostCount } = await putRight(parts, missing)
    return { missedCount, repostedCount: repostedCount + (await postArrivals(parts)), lostCount }
  })
}

async function compare(parts: LedgerParts, jobs: readonly JobFacts[], { running, pending }: QueueSnapshot) {
  const missing: JobFacts[] = []
  let missedCount = 0
  for (const job of jobs) {
    if (pending.has(job.upstreamId)) continue
    if (running.has(job.upstreamId)) {
      if (job.state === 'in_progress') continue
      await parts.observer.started(parts.live.of(job))
      missedCount += 1
      continue
    }
    const entry = await parts.queue.historyEntry(job.upstreamId)
    if (entry === undefined) {
      missing.push(job)
      continue
    }
    await recordMissed(parts, job, entry)
    missedCount += 1
  }
  return { missing, missedCount }
}

async function recordMissed(parts: LedgerParts, facts: JobFacts, entry: JsonObject): Promise<void> {
  const job = parts.live.of(facts)
  const status = await parts.observer.record(job, entry)
  parts.news.settled(job, arrayOr(status.messages))
}

/** ComfyUI keeps its history in memory only: without the last thing it did for us, it is another process. */
async function hasRestarted(parts: LedgerParts, missing: readonly JobFacts[]): Promise<boolean> {
  if (missing.length > 0) return true
  const last = await parts.store.lastFinishedUpstreamId()
  return last !== undefined && (await parts.queue.historyEntry(last)) === undefined
}

async function putRight(parts: LedgerParts, missing: readonly JobFacts[]) {
  const inOrder = missing.toSorted((a, b) => a.upstreamNumber - b.upstreamNumber)
  // Nothing was seen running: then the first of those that waited may have been the end of ComfyUI.
  const suspect = inOrder.some((job) => job.state === 'in_progress') ? undefined : inOrder[0]
  let repostedCount = 0
  let lostCount = 0
  for (const job of inOrder) {
    const isHome = await parts.isHome(job.tenantId)
    // Its tenant was placed elsewhere: whatever waits goes there (move-away.ts), and nothing more of it comes here.
    if (!isHome && job.state === 'pending') continue
    const again = isHome ? nextTry(job, job === suspect) : undefined
    if (again === undefined) {
      await endLost(parts, job, lostBecause(job, isHome))
      lostCount += 1
      continue
    }
    const turn = { number: job.upstreamNumber, finish: job.upstreamFinish }
    const result = await repost(parts, { job, turn, ...again, watch: true })
    if (result === 'posted') repostedCount += 1
    if (result === 'unreachable') break
  }
  for (const tenantId of new Set(missing.map((job) => job.tenantId))) parts.news.changed(tenantId)
  return { repostedCount, lostCount }
}

function nextTry(
  job: JobFacts,
  suspect: boolean,
): { readonly attempt: number; readonly suspectedCount: number } | undefined {
  // Its token was not kept, so that it could only fail, or spend nobody knows whose credits.
  if (job.hadSecret) return undefined
  const attempt = job.state === 'in_progress' ? job.attempt + 1 : job.attempt
  const suspectedCount = suspect ? job.suspectedCount + 1 : job.suspectedCount
  return attempt > attemptLimit || suspectedCount > suspicionLimit ? undefined : { attempt, suspectedCount }
}

/** Why it was not started again. */
function lostBecause(job: JobFacts, isHome: boolean): string {
  if (!isHome) return 'ComfyUI stopped while this job was running, and you are on another ComfyUI by now.'
  return job.hadSecret
    ? 'ComfyUI was restarted. This job used a Comfy.org login, which is not kept, so it was not started again.'
    : 'ComfyUI stopped while this job was running. It was not started again.'
}
