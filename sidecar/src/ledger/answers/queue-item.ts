/** How does a job look as an item of ComfyUI's queue and history? `[number, prompt_id, prompt, extra_data, outputs]`. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { JobRecord } from '../../policy/world.ts'

export function queueItem(job: JobRecord): readonly Json[] {
  return [job.number, job.id, job.prompt, shownExtraData(job), job.outputsToExecute]
}

/** As kept by server.py post_prompt: the client's id goes into it, then the time of acceptance. */
export function shownExtraData(job: JobRecord): JsonObject {
  return {
    ...job.extraData,
    ...(job.clientId === undefined ? {} : { client_id: job.clientId }),
    create_time: job.createdAtMs,
  }
}

/** An entry of ComfyUI's history. */
export function historyEntry(job: JobRecord): JsonObject {
  return { prompt: queueItem(job), outputs: job.outputs, status: job.status ?? null, meta: job.meta }
}
