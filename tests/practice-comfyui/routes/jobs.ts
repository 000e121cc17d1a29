/** What jobs are there, and which are cancelled? `/api/jobs...`, written with `/api`, so also under `/api/api`. */
import { type Answer, json } from '../aiohttp/answer.ts'
import type { IncomingRequest } from '../aiohttp/incoming-request.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { publicItem } from '../execution/prompt-queue.ts'
import { pythonRepr } from '../python/dump-json.ts'
import { JsonDecodeError } from '../python/parse-json.ts'
import { asNumber, isDict, type Plain, type PythonDict, type PythonValue } from '../python/values.ts'
import { pythonInt } from './history.ts'
import { historyJob, jobStatuses, queueJob } from './job-shape.ts'
import { isJobId } from './prompt.ts'

export function jobsRoutes(comfyui: Comfyui): RouteTable {
  return {
    'GET /api/jobs': (request) => listJobs(comfyui, request),
    'GET /api/jobs/{job_id}': (request) => {
      const found = findJob(comfyui, request.params.get('job_id') ?? '')
      return found === undefined ? json({ error: 'Job not found' }, 404) : json(found)
    },
    'POST /api/jobs/{job_id}/cancel': (request) =>
      json({ cancelled: cancel(comfyui, request.params.get('job_id') ?? '') }),
    'POST /api/jobs/cancel': (request) => cancelBatch(comfyui, request),
  }
}

function listJobs(comfyui: Comfyui, request: IncomingRequest): Answer {
  const status = request.query('status')
  const sortBy = (request.query('sort_by') ?? 'created_at').toLowerCase()
  const sortOrder = (request.query('sort_order') ?? 'desc').toLowerCase()
  const wanted = status ? statusesIn(status) : jobStatuses
  const unknown = wanted.filter((one) => !jobStatuses.includes(one))
  if (unknown.length > 0) {
    return refused(`Invalid status value(s): ${unknown.join(', ')}. Valid values: ${jobStatuses.join(', ')}`)
  }
  if (sortBy !== 'created_at' && sortBy !== 'execution_duration') {
    return refused("sort_by must be 'created_at' or 'execution_duration'")
  }
  if (sortOrder !== 'asc' && sortOrder !== 'desc') return refused("sort_order must be 'asc' or 'desc'")
  const limit = wholeNumber(request.query('limit'))
  if (limit === 'wrong') return refused('limit must be an integer')
  if (limit !== undefined && limit <= 0) return refused('limit must be a positive integer')
  const offset = wholeNumber(request.query('offset'))
  if (offset === 'wrong') return refused('offset must be an integer')
  const start = Math.max(0, offset ?? 0)
  const jobs = sorted(allJobs(comfyui, wanted, request.query('workflow_id')), sortBy, sortOrder === 'desc')
  const page = jobs.slice(start, limit === undefined ? undefined : start + limit)
  const hasMore = start + page.length < jobs.length
  const pagination = { offset: start, limit: limit ?? null, total: jobs.length, has_more: hasMore }
  return json({ jobs: page, pagination })
}

function allJobs({ queue }: Comfyui, wanted: readonly string[], workflowId: string | undefined): PythonDict[] {
  const waiting: PythonDict[] = []
  if (wanted.includes('in_progress'))
    waiting.push(...queue.running().map((item) => queueJob(publicItem(item), 'in_progress')))
  if (wanted.includes('pending')) waiting.push(...queue.pending().map((item) => queueJob(publicItem(item), 'pending')))
  const askedEnded = wanted.some((one) => ['completed', 'failed', 'cancelled'].includes(one))
  const ended = askedEnded ? [...queue.history].map(([id, entry]) => historyJob(id, entry, false)) : []
  const jobs = [...waiting, ...ended.filter((job) => wanted.includes(String(job.get('status'))))]
  return workflowId ? jobs.filter((job) => job.get('workflow_id') === workflowId) : jobs
}

// Python's sort is stable in both directions, and so is this one.
function sorted(jobs: readonly PythonDict[], sortBy: string, descending: boolean): PythonDict[] {
  const key = (job: PythonDict): number => {
    if (sortBy === 'created_at') return asNumber(job.get('create_time')) ?? 0
    const [start, end] = [asNumber(job.get('execution_start_time')), asNumber(job.get('execution_end_time'))]
    return start && end ? end - start : 0
  }
  return [...jobs].sort((a, b) => (descending ? key(b) - key(a) : key(a) - key(b)))
}

function findJob({ queue }: Comfyui, id: string): PythonDict | undefined {
  const entry = queue.history.get(id)
  if (entry !== undefined) return historyJob(id, entry, true)
  const running = queue.running().find((item) => item.promptId === id)
  if (running !== undefined) return queueJob(publicItem(running), 'in_progress')
  const pending = queue.pending().find((item) => item.promptId === id)
  return pending === undefined ? undefined : queueJob(publicItem(pending), 'pending')
}

function cancel({ queue, gate }: Comfyui, id: string): boolean {
  if (queue.running().some((item) => item.promptId === id)) {
    gate.interrupt()
    return true
  }
  return queue.remove(id)
}

async function cancelBatch(comfyui: Comfyui, request: IncomingRequest): Promise<Answer> {
  const body: PythonValue | undefined = await request.json().catch((error: unknown) => {
    if (error instanceof JsonDecodeError) return undefined
    throw error
  })
  if (body === undefined) return refused('Request body must be valid JSON')
  const ids = isDict(body) ? body.get('job_ids') : undefined
  if (!Array.isArray(ids)) return refused('job_ids must be a list')
  const invalid = ids.filter((id) => !isJobId(id)).map((id) => (typeof id === 'string' ? id : pythonRepr(id)))
  if (invalid.length > 0) return json({ error: 'job_ids contains invalid id(s)', invalid_ids: invalid }, 400)
  const cancelled = ids.filter(isJobId).map((id) => cancel(comfyui, id))
  return json({ cancelled: cancelled.includes(true) })
}

function statusesIn(text: string): string[] {
  return text
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== '')
}

function wholeNumber(text: string | undefined): number | 'wrong' | undefined {
  if (text === undefined) return undefined
  try {
    return pythonInt(text)
  } catch {
    // ComfyUI answers both ValueError and TypeError with a sentence.
    return 'wrong'
  }
}

function refused(error: string): Answer {
  const body: Plain = { error }
  return json(body, 400)
}
