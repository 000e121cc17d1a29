/** What has run? server.py get_history, get_history_prompt_id, post_history @ 0.33.0, for own jobs. */
import { type Answer, empty, json, jsonBytes } from '../../policy/answer.ts'
import type { CanonicalRequest, RequestBody } from '../../policy/canonical-request.ts'
import type { JobRecord, World } from '../../policy/world.ts'
import { handlerFailed, listBodyLimitBytes, parseClearOrDelete } from './body.ts'
import { parsePythonInt } from './python-int.ts'
import { historyEntry } from './queue-item.ts'

export async function getHistory({ query }: CanonicalRequest, { jobs }: World): Promise<Answer> {
  const maxItems = query.get('max_items')
  const offset = query.get('offset')
  const page = {
    maxItems: maxItems === undefined ? undefined : parsePythonInt(maxItems),
    offset: offset === undefined ? undefined : parsePythonInt(offset),
  }
  if (maxItems !== undefined && page.maxItems === undefined) return handlerFailed
  if (offset !== undefined && page.offset === undefined) return handlerFailed
  const entries = async () => Object.fromEntries((await jobs.history(page)).map((job) => [job.id, historyEntry(job)]))
  return jsonBytes(await jobs.rendered(`history ${page.maxItems} ${page.offset}`, entries))
}

/** An id that is not an own finished job's is answered like one that never was: `{}`. */
export async function getHistoryEntry({ segments }: CanonicalRequest, { jobs }: World): Promise<Answer> {
  const job = await jobs.find(segments[1] ?? '')
  return json(job === undefined || !hasEnded(job) ? {} : { [job.id]: historyEntry(job) })
}

export async function postHistory(_request: CanonicalRequest, { jobs }: World, body: RequestBody): Promise<Answer> {
  const wish = parseClearOrDelete(await body.json(listBodyLimitBytes))
  if (wish === undefined) return handlerFailed
  if (wish.clear) await jobs.forget('all')
  else if (wish.ids.length > 0) await jobs.forget(wish.ids)
  return empty(200)
}

function hasEnded({ state }: JobRecord): boolean {
  return state !== 'pending' && state !== 'in_progress'
}
