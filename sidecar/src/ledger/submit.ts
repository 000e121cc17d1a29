/** How does a prompt become a job? Judged, recorded with its owner, and only then sent to ComfyUI. */
import { randomUUID } from 'node:crypto'
import type { JobId, UpstreamPromptId } from '@gatehouse/shared/ids'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import { type Answer, json } from '../policy/answer.ts'
import type { SubmitContext } from '../policy/world.ts'
import type { NormalisedPrompt } from '../prompt/contract.ts'
import { credentialName } from '../store/ended-credentials.ts'
import type { NewJob } from '../store/job-store.ts'
import { objectOr } from '../transform/json-shape.ts'
import { parseJson, parseUpstreamJson, stringifyJson, stringifyJsonInTurns } from '../transform/lossless-json.ts'
import { countedNumber, type OwnNumber, requestedNumber } from './own-number.ts'
import type { LedgerParts } from './parts.ts'
import { hasSecret, postBody, storedBody } from './post-body.ts'
import { comfyuiDown, mayNotRun, refusal, tooManyJobs } from './refusal.ts'
import { type Placement, placeFor, shiftBehind, undoPlacement } from './reorder.ts'
import type { SubmissionKey } from './submission-key.ts'

export interface Submission {
  readonly principal: Principal
  readonly body: Json
  readonly context: SubmitContext
  readonly key: SubmissionKey | undefined
}

/** Answers one `POST /prompt`. */
export async function submit(parts: LedgerParts, submission: Submission): Promise<Answer> {
  const { principal, body, context } = submission
  const judged = await parts.normalise(body, principal, context)
  if (!judged.ok) return json(judged.value, judged.status)
  return parts.gate.shared(() => parts.tenantLock(principal.tenant.id, () => enqueue(parts, submission, judged)))
}

async function enqueue(parts: LedgerParts, submission: Submission, judged: NormalisedPrompt): Promise<Answer> {
  const { tenant, role } = submission.principal
  // Before the question: what ends after it finds the job older than its end.
  const createdAtMs = parts.clock.nowMs()
  // Inside the lock: what stops the jobs of somebody who lost the right takes it after the right is gone.
  if (!(await parts.mayStillRun(submission.principal))) return mayNotRun()
  const limits = parts.limitsOf(role)
  const { pending, submitting } = await parts.store.counts(tenant.id)
  if (pending + submitting >= limits.maxPendingCount) return tooManyJobs(limits.maxPendingCount)
  const number = await ownNumber(parts, submission, judged)
  const place = await placeFor(parts, { tenantId: tenant.id, weight: limits.weight, sortNumber: number.sort })
  const job = await newJob(parts, submission, { judged, number, place, createdAtMs })
  try {
    // On disk before ComfyUI hears of it: no output can exist before its owner does.
    await parts.store.insert(job)
  } catch (error) {
    undoPlacement(parts, tenant.id, place)
    throw error
  }
  const told = parts.untold.begin(job.upstreamId)
  try {
    return await forward(parts, submission, { judged, place, job })
  } finally {
    told()
  }
}

interface Recorded {
  readonly judged: NormalisedPrompt
  readonly place: Placement
  readonly job: NewJob
}

async function forward(parts: LedgerParts, submission: Submission, recorded: Recorded): Promise<Answer> {
  const { judged, job, place } = recorded
  const ids = { clientId: parts.clientId, upstreamId: job.upstreamId, number: job.upstreamNumber }
  const answer = await parts.queue
    .post(postBody({ body: job.upstreamBody, extraData: job.extraData }, ids, judged.secrets), job.userId)
    .catch((cause: unknown) => {
      parts.log.error('prompt_not_answered', cause)
      return undefined
    })
  const reply = answer === undefined ? undefined : parseReply(answer.text)
  if (answer?.status === 200 && reply?.prompt_id === job.upstreamId)
    return accepted(parts, submission, { ...recorded, reply })
  undoPlacement(parts, job.tenantId, place)
  if (answer?.status === 400 && reply !== undefined) {
    await parts.store.discard({ ...job, ...neverRan }, undefined)
    const { names } = parts.live.of({ ...job, ...neverRan })
    return json(names.ownRefusal(reply), 400)
  }
  return giveUp(parts, job, answer?.status)
}

const neverRan = { seq: 0, state: 'submitting', attempt: 1, suspectedCount: 0 } as const

/** The client hears that it was not queued, so it must never run: if ComfyUI took it after all, it is stopped there. */
async function giveUp(parts: LedgerParts, job: NewJob, status: number | undefined): Promise<Answer> {
  await parts.store.discard({ ...job, ...neverRan }, { sinceMs: parts.clock.nowMs() })
  parts.graveyard.watch(job.upstreamId)
  if (status === undefined || status >= 502 || status === 200) return comfyuiDown()
  return refusal(500, 'comfyui_error', `ComfyUI failed on this prompt (status ${status}). It was not queued.`)
}

async function accepted(
  parts: LedgerParts,
  { principal, key }: Submission,
  { job, place, reply }: Recorded & { readonly reply: JsonObject },
): Promise<Answer> {
  const { names } = parts.live.of({ ...job, ...neverRan })
  const value = {
    prompt_id: job.id,
    number: parseJson(job.number),
    node_errors: names.ownRefusal({ node_errors: objectOr(reply.node_errors) }).node_errors ?? {},
  }
  const atMs = parts.clock.nowMs()
  const kept = key && { userId: principal.userId, keyHash: key.hash, answer: stringifyJson(value), atMs }
  await parts.store.accept(job.id, kept)
  await shiftBehind(parts, job.tenantId, place)
  parts.news.changed(job.tenantId)
  return json(value)
}

async function ownNumber(parts: LedgerParts, { principal }: Submission, { own }: NormalisedPrompt): Promise<OwnNumber> {
  if (own.requestedNumber !== undefined) return requestedNumber(own.requestedNumber)
  return countedNumber(await parts.store.takeNumber(principal.tenant.id), own.front)
}

interface Judged {
  readonly judged: NormalisedPrompt
  readonly number: OwnNumber
  readonly place: Placement
  readonly createdAtMs: number
}

async function newJob(
  parts: LedgerParts,
  { principal }: Submission,
  { judged, number, place, createdAtMs }: Judged,
): Promise<NewJob> {
  const { own, upstream, secrets } = judged
  return {
    id: await ownId(parts, own.requestedId),
    tenantId: principal.tenant.id,
    userId: principal.userId,
    folderKey: principal.tenant.folderKey,
    clientId: own.clientId,
    number: number.text,
    sortNumber: number.sort,
    prompt: await stringifyJsonInTurns(own.prompt),
    extraData: await stringifyJsonInTurns(own.extraData),
    outputsToExecute: stringifyJson(own.outputsToExecute),
    workflowId: own.workflowId,
    upstreamBody: await storedBody(upstream),
    hadSecret: hasSecret(secrets),
    queuedBy: credentialName(principal.identity),
    queuedAs: principal.role,
    isByOneFactor: principal.identity.isByOneFactor === true,
    upstreamId: parseUpstreamId(randomUUID()),
    upstreamNumber: place.turn.number,
    upstreamFinish: place.turn.finish,
    createdAtMs,
  }
}

/** The requested id when nobody ever had it, else a minted one: whether it was one's own or another's, nobody learns. */
async function ownId(parts: LedgerParts, requested: string | undefined): Promise<JobId> {
  if (requested !== undefined && (await parts.store.reserveId(requested))) return parseJobId(requested)
  const minted = randomUUID()
  await parts.store.reserveId(minted)
  return parseJobId(minted)
}

function parseReply(text: string): JsonObject | undefined {
  try {
    return objectOr(parseUpstreamJson(text))
  } catch {
    // Nonsense instead of JSON is no acceptance; the caller decides by the status.
    return undefined
  }
}

function parseJobId(id: string): JobId {
  return id as JobId
}

function parseUpstreamId(id: string): UpstreamPromptId {
  return id as UpstreamPromptId
}
