/** Which jobs are there, and how is one cancelled? server.py get_jobs to cancel_jobs_batch @ 0.33.0, for own jobs. */
import type { Json } from '@gatehouse/shared/json'
import { type Answer, json, jsonBytes } from '../../policy/answer.ts'
import type { CanonicalRequest, RequestBody } from '../../policy/canonical-request.ts'
import type { JobQuery, JobState, World } from '../../policy/world.ts'
import { isArray, isObject } from '../../transform/json-shape.ts'
import { stringifyJson } from '../../transform/lossless-json.ts'
import { isBadJson, listBodyLimitBytes } from './body.ts'
import { jobDetails, jobShape } from './job-shape.ts'
import { parsePythonInt } from './python-int.ts'

const allStates: readonly JobState[] = ['pending', 'in_progress', 'completed', 'failed', 'cancelled']
const canonicalUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export async function getJobs({ query }: CanonicalRequest, { jobs }: World): Promise<Answer> {
  const wish = parseJobQuery(query)
  if (typeof wish === 'string') return json({ error: wish }, 400)
  const listing = async () => {
    const { jobs: page, total } = await jobs.list(wish)
    const { offset, limit = null } = wish
    return { jobs: page.map(jobShape), pagination: { offset, limit, total, has_more: offset + page.length < total } }
  }
  return jsonBytes(await jobs.rendered(`jobs ${JSON.stringify(wish)}`, listing))
}

export async function getJob({ segments }: CanonicalRequest, { jobs }: World): Promise<Answer> {
  const job = await jobs.find(segments[1] ?? '')
  return job === undefined ? json({ error: 'Job not found' }, 404) : json(jobDetails(job))
}

export async function cancelJob({ segments }: CanonicalRequest, { jobs }: World): Promise<Answer> {
  return json({ cancelled: await jobs.cancel(segments[1] ?? '') })
}

export async function cancelJobs(_request: CanonicalRequest, { jobs }: World, body: RequestBody): Promise<Answer> {
  const ids = await parseJobIds(body)
  if (typeof ids === 'string') return json({ error: ids }, 400)
  const invalid = ids.filter((id) => typeof id !== 'string' || !canonicalUuid.test(id))
  if (invalid.length > 0) {
    return json({ error: 'job_ids contains invalid id(s)', invalid_ids: invalid.map(pythonRepr) }, 400)
  }
  let cancelled = false
  for (const id of ids) if (typeof id === 'string' && (await jobs.cancel(id))) cancelled = true
  return json({ cancelled })
}

async function parseJobIds(body: RequestBody): Promise<readonly Json[] | string> {
  try {
    const wish = await body.json(listBodyLimitBytes)
    const ids = isObject(wish) ? wish.job_ids : undefined
    return isArray(ids) ? ids : 'job_ids must be a list'
  } catch (error) {
    if (isBadJson(error)) return 'Request body must be valid JSON'
    throw error
  }
}

/** The query, or ComfyUI's sentence about what is wrong with it. */
function parseJobQuery(query: CanonicalRequest['query']): JobQuery | string {
  const states = parseStates(query.get('status'))
  if (typeof states === 'string') return states
  const sortBy = (query.get('sort_by') ?? 'created_at').toLowerCase()
  if (sortBy !== 'created_at' && sortBy !== 'execution_duration')
    return "sort_by must be 'created_at' or 'execution_duration'"
  const sortOrder = (query.get('sort_order') ?? 'desc').toLowerCase()
  if (sortOrder !== 'asc' && sortOrder !== 'desc') return "sort_order must be 'asc' or 'desc'"
  const limit = parsePage(query.get('limit'))
  if (limit === 'invalid') return 'limit must be an integer'
  if (limit !== undefined && limit <= 0) return 'limit must be a positive integer'
  const offset = parsePage(query.get('offset'))
  if (offset === 'invalid') return 'offset must be an integer'
  return {
    states,
    workflowId: query.get('workflow_id') || undefined,
    sortBy,
    sortOrder,
    limit,
    offset: Math.max(offset ?? 0, 0),
  }
}

function parseStates(text: string | undefined): readonly JobState[] | string {
  if (text === undefined || text === '') return allStates
  const names = text.split(',').flatMap((name) => name.trim().toLowerCase() || [])
  const unknown = names.filter((name) => !allStates.some((state) => state === name))
  if (unknown.length > 0) return `Invalid status value(s): ${unknown.join(', ')}. Valid values: ${allStates.join(', ')}`
  return allStates.filter((state) => names.includes(state))
}

function parsePage(text: string | undefined): number | undefined | 'invalid' {
  return text === undefined ? undefined : (parsePythonInt(text) ?? 'invalid')
}

/** Python's `repr` of what is not a string, as far as JSON values differ from it. */
function pythonRepr(value: Json): string {
  if (typeof value === 'string') return value
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return stringifyJson(value)
}
