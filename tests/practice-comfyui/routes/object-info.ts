/** What nodes are there? `/object_info`, its option lists read from the folders at every call; `/node_replacements`. */
import { readFileSync } from 'node:fs'
import { json } from '../aiohttp/answer.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { parsePythonJson } from '../python/parse-json.ts'
import { dict, type PythonDict } from '../python/values.ts'

const replacements = parsePythonJson(
  readFileSync(new URL('../../fixtures/node-replacements.0.33.0.json', import.meta.url), 'utf8'),
)

export function objectInfoRoutes({ catalogue, directories }: Comfyui): RouteTable {
  return {
    'GET /object_info': () => {
      const all: PythonDict = new Map([...catalogue].map(([name, nodeClass]) => [name, nodeClass.info(directories)]))
      return json(all)
    },
    'GET /object_info/{node_class}': (request) => {
      const name = request.params.get('node_class') ?? ''
      const found = catalogue.get(name)
      return json(found === undefined ? {} : dict({ [name]: found.info(directories) }))
    },
    'GET /node_replacements': () => json(replacements),
  }
}
