/** What does the Interrupt button stop? The own running job, with and without an id (server.py post_interrupt @ 0.33.0). */
import type { Json } from '@gatehouse/shared/json'
import { type Answer, empty } from '../../policy/answer.ts'
import type { CanonicalRequest, RequestBody } from '../../policy/canonical-request.ts'
import type { World } from '../../policy/world.ts'
import { isObject } from '../../transform/json-shape.ts'
import { handlerFailed, isBadJson, isTruthy, listBodyLimitBytes } from './body.ts'

export async function postInterrupt(_request: CanonicalRequest, { jobs }: World, body: RequestBody): Promise<Answer> {
  const wish = await bodyOrNothing(body)
  if (!isObject(wish)) return handlerFailed
  const id = wish.prompt_id
  // Without an id ComfyUI stops whatever runs, whoever owns it; here it means mine.
  if (id === undefined || !isTruthy(id)) await jobs.interrupt(undefined)
  else if (typeof id === 'string') await jobs.interrupt(id)
  return empty(200)
}

async function bodyOrNothing(body: RequestBody): Promise<Json> {
  try {
    return await body.json(listBodyLimitBytes)
  } catch (error) {
    if (isBadJson(error)) return {}
    throw error
  }
}
