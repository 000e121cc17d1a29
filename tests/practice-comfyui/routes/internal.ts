/** What does the `/internal` sub-application give away? Logs, host paths, names of everybody's files. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { empty, json } from '../aiohttp/answer.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { folderByType } from '../directories.ts'
import { PythonError } from '../nodes/node-class.ts'
import { isDict, isTruthy, type PythonDict } from '../python/values.ts'
import { modelFolders } from './model-folders.ts'

export function internalRoutes({ logs, directories }: Comfyui): RouteTable {
  return {
    'GET /logs': () =>
      json(
        logs
          .entries()
          .map((entry) => `${String(entry.get('t'))} - ${String(entry.get('m'))}`)
          .join(''),
      ),
    'GET /logs/raw': () => json({ entries: logs.entries(), size: { cols: 80, rows: 24 } }),
    'PATCH /logs/subscribe': async (request) => {
      const body = await request.json()
      const [clientId, enabled] = isDict(body) ? [body.get('clientId'), body.get('enabled')] : []
      if (typeof clientId !== 'string' || enabled === undefined) throw new PythonError('KeyError', "'clientId'")
      logs.subscribe(clientId, isTruthy(enabled))
      return empty(200)
    },
    'GET /folder_paths': () => {
      const folders: PythonDict = new Map(modelFolders(directories).map(({ name, paths }) => [name, [...paths]]))
      return json(folders)
    },
    'GET /files/{directory_type}': (request) => {
      const type = request.params.get('directory_type') ?? ''
      const folder = folderByType(directories, type)
      if (folder === undefined) return json({ error: 'Invalid directory type' }, 400)
      return json(newestFirst(folder).map((name) => `${name} [${type}]`))
    },
  }
}

function newestFirst(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => ({ name, time: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time)
    .map(({ name }) => name)
}
