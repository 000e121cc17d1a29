/** What waits and what runs, and how is it taken out? server.py get_queue, post_queue @ 0.33.0, for own jobs. */
import { type Answer, empty, jsonBytes } from '../../policy/answer.ts'
import type { CanonicalRequest, RequestBody } from '../../policy/canonical-request.ts'
import type { World } from '../../policy/world.ts'
import { handlerFailed, listBodyLimitBytes, parseClearOrDelete } from './body.ts'
import { queueItem } from './queue-item.ts'

export async function getQueue(_request: CanonicalRequest, { jobs }: World): Promise<Answer> {
  const listing = async () => {
    const active = await jobs.active()
    return {
      queue_running: active.filter((job) => job.state === 'in_progress').map(queueItem),
      queue_pending: active.filter((job) => job.state === 'pending').map(queueItem),
    }
  }
  return jsonBytes(await jobs.rendered('queue', listing))
}

export async function postQueue(_request: CanonicalRequest, { jobs }: World, body: RequestBody): Promise<Answer> {
  const wish = parseClearOrDelete(await body.json(listBodyLimitBytes))
  if (wish === undefined) return handlerFailed
  if (wish.clear) await jobs.withdraw('all')
  else if (wish.ids.length > 0) await jobs.withdraw(wish.ids)
  return empty(200)
}
