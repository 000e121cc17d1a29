/** What ran? `/history`: everything of everyone, in memory. */
import { empty, json } from '../aiohttp/answer.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { PythonError } from '../nodes/node-class.ts'
import { dict, isTruthy } from '../python/values.ts'
import { deletions, keyed } from './queue.ts'

export function historyRoutes({ queue }: Comfyui): RouteTable {
  return {
    'GET /history': (request) => {
      const [maxItems, offset] = [request.query('max_items'), request.query('offset')]
      return json(
        queue.historyPage(maxItems === undefined ? undefined : pythonInt(maxItems), pythonInt(offset ?? '-1')),
      )
    },
    'GET /history/{prompt_id}': (request) => {
      const id = request.params.get('prompt_id') ?? ''
      const entry = queue.history.get(id)
      return json(entry === undefined ? {} : dict({ [id]: entry }))
    },
    'POST /history': async (request) => {
      const body = keyed(await request.json())
      if (isTruthy(body.get('clear'))) queue.wipeHistory()
      for (const id of deletions(body)) {
        if (Array.isArray(id) || id instanceof Map) throw new PythonError('TypeError', 'unhashable type')
        if (typeof id === 'string') queue.history.delete(id)
      }
      return empty(200)
    },
  }
}

/** @throws like `int(text)` */
export function pythonInt(text: string): number {
  const digits = text.trim()
  if (!/^[-+]?\d+(_\d+)*$/.test(digits)) {
    throw new PythonError('ValueError', `invalid literal for int() with base 10: '${text}'`)
  }
  return Number(digits.replaceAll('_', ''))
}
