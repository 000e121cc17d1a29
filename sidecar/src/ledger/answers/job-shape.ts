/** How does a job look in the jobs interface? comfy_execution/jobs.py normalize_* @ 0.33.0. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { JobListing, JobRecord } from '../../policy/world.ts'
import { isFinalEvent, messagePairs } from '../history-entry.ts'
import { normaliseOutputs, summarise } from './job-outputs.ts'
import { shownExtraData } from './queue-item.ts'

export function jobShape(job: JobListing): JsonObject {
  const { count, previewableCount, preview } = summarise(job.outputs)
  const times = job.status === undefined ? {} : executionTimes(job.status)
  return prune({
    id: job.id,
    status: job.state,
    priority: job.number,
    create_time: job.createdAtMs,
    ...times,
    outputs_count: count,
    previewable_outputs_count: previewableCount,
    preview_output: preview,
    workflow_id: job.workflowId,
  })
}

/** Details of a finished job hold its outputs and its graph; those of a waiting or running one are the list's. */
export function jobDetails(job: JobRecord): JsonObject {
  if (job.status === undefined) return jobShape(job)
  return {
    ...jobShape(job),
    outputs: normaliseOutputs(job.outputs),
    execution_status: job.status,
    workflow: { prompt: job.prompt, extra_data: shownExtraData(job) },
  }
}

function executionTimes(status: JsonObject): Readonly<Record<string, Json | undefined>> {
  let [start, end, error]: (Json | undefined)[] = []
  for (const [event, data] of messagePairs(status)) {
    if (event === 'execution_start') start = data.timestamp
    if (isFinalEvent(event)) end = data.timestamp
    if (event === 'execution_error') error = data
  }
  return { execution_start_time: start, execution_end_time: end, execution_error: error }
}

/** comfy_api/internal prune_dict. */
function prune(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === undefined || value === null ? [] : [[key, value]])),
  )
}
