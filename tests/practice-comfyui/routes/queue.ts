/** Who waits, who is stopped? `/queue`, `/interrupt`, `/free`: all of them act on everybody's work. */
import { empty, json } from '../aiohttp/answer.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { publicItem } from '../execution/prompt-queue.ts'
import { PythonError } from '../nodes/node-class.ts'
import { JsonDecodeError } from '../python/parse-json.ts'
import { dict, isDict, isTruthy, type PythonDict, type PythonValue } from '../python/values.ts'

export function queueRoutes(comfyui: Comfyui): RouteTable {
  const { queue, gate, worker } = comfyui
  return {
    'GET /queue': () =>
      json({ queue_running: queue.running().map(publicItem), queue_pending: queue.pending().map(publicItem) }),
    'POST /queue': async (request) => {
      const body = keyed(await request.json())
      if (isTruthy(body.get('clear'))) queue.wipe()
      for (const id of deletions(body)) queue.remove(id)
      return empty(200)
    },
    'POST /interrupt': async (request) => {
      const body = await request.json().catch((error: unknown) => {
        if (error instanceof JsonDecodeError) return dict({})
        throw error
      })
      if (!isDict(body)) throw new PythonError('AttributeError', "no attribute 'get'")
      const id = body.get('prompt_id')
      // Without an id, or with an empty one, whoever runs is stopped.
      if (!isTruthy(id) || queue.running().some((item) => item.promptId === id)) gate.interrupt()
      return empty(200)
    },
    'POST /free': async (request) => {
      const body = await request.json()
      if (!isDict(body)) throw new PythonError('AttributeError', "no attribute 'get'")
      if (isTruthy(body.get('unload_models'))) worker.setFlag('unload_models')
      if (isTruthy(body.get('free_memory'))) worker.setFlag('free_memory')
      return empty(200)
    },
  }
}

/** `"clear" in json_data`: lists and texts pass as objects without the key, null and numbers raise. */
export function keyed(body: PythonValue): PythonDict {
  if (isDict(body)) return body
  if (Array.isArray(body) || typeof body === 'string') return new Map()
  throw new PythonError('TypeError', 'argument is not iterable')
}

export function deletions(body: PythonDict): readonly PythonValue[] {
  const named = body.get('delete')
  if (named === undefined) return []
  if (Array.isArray(named)) return named
  if (typeof named === 'string') return [...named]
  if (isDict(named)) return [...named.keys()]
  throw new PythonError('TypeError', 'object is not iterable')
}
