/** Which models are installed? `/models`, `/embeddings`, `/experiment/models`: shared, and with host paths. */
import { statSync } from 'node:fs'
import { extname, join, relative, resolve, sep } from 'node:path'
import { type Answer, empty, json } from '../aiohttp/answer.ts'
import type { IncomingRequest } from '../aiohttp/incoming-request.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { isWithin } from '../directories.ts'
import { dict } from '../python/values.ts'
import { pythonInt } from './history.ts'
import { filesBelow, findModelFolder, modelFolders, modelNames, weights } from './model-folders.ts'

const hiddenFolders = ['configs', 'custom_nodes']

export function modelsRoutes({ directories }: Comfyui): RouteTable {
  const find = (request: IncomingRequest) => findModelFolder(directories, request.params.get('folder') ?? '')
  return {
    'GET /embeddings': () => {
      const folder = findModelFolder(directories, 'embeddings')
      return json(
        folder === undefined ? [] : modelNames(folder).map((name) => name.slice(0, name.length - extname(name).length)),
      )
    },
    'GET /models': () => json(modelFolders(directories).map(({ name }) => name)),
    'GET /models/{folder}': (request) => {
      const folder = find(request)
      return folder === undefined ? empty(404) : json(modelNames(folder))
    },
    'GET /experiment/models': () =>
      json(
        modelFolders(directories)
          .filter(({ name }) => !hiddenFolders.includes(name))
          .map(({ name, paths, extensions }) => ({ name, folders: paths, extensions: [...extensions].sort() })),
      ),
    'GET /experiment/models/{folder}': (request) => {
      const folder = find(request)
      if (folder === undefined) return empty(404)
      const found = folder.paths.flatMap((path, pathIndex) =>
        filesBelow(path)
          .filter((file) => isShownWeight(relative(path, file)))
          .map((file) => {
            const stats = statSync(file)
            const [modified, created] = [{ float: stats.mtimeMs / 1000 }, { float: stats.ctimeMs / 1000 }]
            return dict({ name: relative(path, file), pathIndex, modified, created, size: stats.size })
          }),
      )
      return json(found)
    },
    'GET /experiment/models/preview/{folder}/{path_index}/{filename:.*}': (request) =>
      preview(find(request)?.paths, request),
  }
}

/** Whatever the folder holds otherwise, and nothing hidden (`app/model_manager.py:recursive_search_models_`). */
function isShownWeight(name: string): boolean {
  return weights.includes(extname(name).toLowerCase()) && !name.split(sep).some((part) => part.startsWith('.'))
}

/** The practice server has the checks of this route, and no pictures to show. */
function preview(paths: readonly string[] | undefined, request: IncomingRequest): Answer {
  if (paths === undefined) return empty(404)
  const filename = request.params.get('filename') ?? ''
  if (filename === '') return empty(400)
  const index = indexOf(request.params.get('path_index') ?? '')
  if (index === undefined) return empty(400)
  const folder = paths[index]
  if (folder === undefined) return empty(404)
  const path = resolve(join(folder, filename))
  if (!isWithin(folder, path)) return empty(403)
  return empty(404)
}

function indexOf(text: string): number | undefined {
  try {
    return pythonInt(text)
  } catch {
    // Not a number: 400.
    return undefined
  }
}
