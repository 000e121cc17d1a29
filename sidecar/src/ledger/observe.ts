/** What became of a job? Records what ComfyUI tells about it, in the owner's names. */
import type { JsonObject } from '@gatehouse/shared/json'
import type { FairQueue } from '../queue/fair-queue.ts'
import type { FileStore } from '../store/file-store.ts'
import type { JobStore } from '../store/job-store.ts'
import { arrayOr, objectOr } from '../transform/json-shape.ts'
import { stringifyJson } from '../transform/lossless-json.ts'
import { type ExecutionEvent, ownEventData, ownMessages, ownMeta } from '../transform/socket-frames.ts'
import type { Endings } from './endings.ts'
import {
  type CachedNodes,
  cachedNodes,
  entryFromFrames,
  filesOf,
  lostStatus,
  readOutcome,
  type SeenFrames,
} from './history-entry.ts'
import { frameNames, type LiveJob } from './live-job.ts'
import type { Clock } from './ports.ts'
import { tempNamesOf } from './temp-names.ts'
import { ownTempName } from './tenant-secrets.ts'
import type { UpstreamQueue } from './upstream.ts'

export interface Observer {
  started(job: LiveJob): Promise<void>
  /** An event's data in own names; undefined when the owner must not see it. */
  ownEvent(job: LiveJob, event: ExecutionEvent, data: JsonObject, cached: CachedNodes): Promise<JsonObject | undefined>
  /** Records how it ended; false when neither ComfyUI nor `seen` tells. */
  finished(job: LiveJob, seen: SeenFrames): Promise<boolean>
  /** Records an entry of ComfyUI's history. */
  record(job: LiveJob, entry: JsonObject): Promise<JsonObject>
  /** Ends a job that ComfyUI will not end; the answer is the status its owner sees. */
  lost(
    job: LiveJob,
    loss: { readonly reason: string; readonly type: string; readonly message: string },
  ): Promise<JsonObject>
}

interface ObserverDependencies {
  readonly store: JobStore
  readonly files: FileStore
  readonly queue: UpstreamQueue
  readonly fair: FairQueue
  readonly clock: Clock
  readonly instanceSecret: string
  readonly keepFinishedCount: number
  readonly endings: Endings
  readonly changed: (job: LiveJob) => void
}

export function createObserver(deps: ObserverDependencies): Observer {
  const { store, queue, fair, clock } = deps

  const end = async (job: LiveJob, ended: Parameters<JobStore['finish']>[1]): Promise<void> => {
    fair.release(job.tenantId, job.upstreamNumber)
    if (!(await store.finish(job.id, ended))) return
    await store.prune(job.tenantId, deps.keepFinishedCount)
    deps.changed(job)
  }

  const record = async (job: LiveJob, entry: JsonObject): Promise<JsonObject> => {
    const own = await ownEntry(deps, job, entry)
    const status = deps.endings.status(job, own.status)
    const { state, durationMs, endedAtMs } = readOutcome(status)
    await deps.files.record(job.tenantId, filesOf(own.outputs), clock.nowMs())
    await end(job, {
      state,
      durationMs,
      reason: undefined,
      outputs: stringifyJson(own.outputs),
      status: stringifyJson(status),
      meta: stringifyJson(own.meta),
      finishedAtMs: endedAtMs ?? clock.nowMs(),
    })
    return status
  }

  return {
    record,
    started: async (job) => {
      fair.serve(job.tenantId, job.upstreamNumber)
      if (await store.start(job.upstreamId, clock.nowMs())) deps.changed(job)
    },
    ownEvent: async (job, event, data, cached) => {
      const node = data.node
      const temp =
        event === 'executed' && typeof node === 'string'
          ? await claimTemp(deps, job, { outputs: { [node]: data.output ?? null }, cached })
          : noTemp
      return ownEventData(event, data, frameNames(job, temp))
    },
    finished: async (job, seen) => {
      const entry = (await queue.historyEntry(job.upstreamId).catch(unanswered)) ?? entryFromFrames(seen)
      if (entry === undefined) return false
      await record(job, entry)
      return true
    },
    lost: async (job, { reason, type, message }) => {
      const atMs = clock.nowMs()
      const status = lostStatus({ publicId: job.id, type, message, atMs })
      const texts = { outputs: '{}', status: stringifyJson(status), meta: '{}' }
      await end(job, { state: 'failed', reason, durationMs: 0, finishedAtMs: atMs, ...texts })
      return status
    },
  }
}

/** ComfyUI went away the moment the job ended: the frames told the same. */
function unanswered(): undefined {
  return undefined
}

const noTemp: ReadonlyMap<string, string> = new Map()

async function ownEntry(deps: ObserverDependencies, job: LiveJob, entry: JsonObject) {
  const status = objectOr(entry.status)
  const outputs = objectOr(entry.outputs)
  const temp = await claimTemp(deps, job, { outputs, cached: cachedNodes(status) })
  const names = frameNames(job, temp)
  return {
    outputs: job.names.ownOutputs(outputs, (name) => temp.get(name)),
    status: {
      status_str: status.status_str === 'error' ? 'error' : 'success',
      completed: status.completed === true,
      messages: ownMessages(arrayOr(status.messages), names),
    },
    meta: ownMeta(objectOr(entry.meta), names),
  }
}

interface Claims {
  readonly outputs: JsonObject
  readonly cached: CachedNodes
}

/** Own names of the temp files in `outputs`; those of nodes that really ran become the tenant's, the first claim wins. */
async function claimTemp(
  { files, clock, instanceSecret }: ObserverDependencies,
  job: LiveJob,
  { outputs, cached }: Claims,
): Promise<ReadonlyMap<string, string>> {
  const perNode = Object.entries(outputs).map(([node, output]) => ({ node, names: tempNamesOf(objectOr(output)) }))
  // A cached `ui` names files that another job wrote: it shows what is own already and claims nothing.
  const fresh = perNode.filter(({ node }) => !cached.has(node) && job.names.ownNode(node) !== undefined)
  await files.claimTemp(
    fresh
      .flatMap(({ names }) => names)
      .map((upstreamName) => ({
        tenantId: job.tenantId,
        jobId: job.id,
        upstreamName,
        ownName: ownTempName(instanceSecret, job.tenantId, upstreamName),
        atMs: clock.nowMs(),
      })),
  )
  const every = perNode.flatMap(({ names }) => names)
  return every.length === 0 ? noTemp : files.ownTempNames(job.tenantId, every)
}
