/** Which models may be listed, and what of them is a host path or another tenant's? */
import type { Json } from '@gatehouse/shared/json'
import { empty } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { answered, rooted } from '../policy/isolation.ts'
import { conditionalHeaders, outgoing } from '../policy/outgoing.ts'
import { routes, row } from '../policy/row.ts'
import type { World } from '../policy/world.ts'
import { isObject } from '../transform/json-shape.ts'

/** ComfyUI lists every file below these two folders, whatever its extension (comfyui-surface: 1.2). */
const closedFolders: ReadonlySet<string> = new Set(['custom_nodes', 'datasets'])
/** A tenant's folder key as first part of a name: a model saved below `output/<key>/`. */
const savedByTenant = /(?:^|[\\/])[a-z0-9]{20}[\\/]/

function keepShared(value: Json): Json {
  if (!Array.isArray(value)) return value
  return value.filter((entry) => !savedByTenant.test(modelName(entry)))
}

function modelName(entry: Json): string {
  if (typeof entry === 'string') return entry
  return isObject(entry) && typeof entry.name === 'string' ? entry.name : ''
}

/** The UI reads `name`; the absolute paths become as many empty strings. */
function withoutPaths(value: Json): Json {
  if (!Array.isArray(value)) return []
  return value.flatMap((entry) => {
    if (!isObject(entry) || typeof entry.name !== 'string' || closedFolders.has(entry.name)) return []
    const folders = Array.isArray(entry.folders) ? entry.folders.map(() => '') : []
    return [{ ...entry, folders }]
  })
}

function keepOpenFolders(value: Json): Json {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string' && !closedFolders.has(name)) : []
}

const listing = answered('the cache, models saved by tenants hidden', async (request, world) => {
  if (closedFolders.has(request.segments.at(-1) ?? '')) return empty(404)
  return world.cached.json(request, { variant: 'shared-models', narrow: keepShared })
})

async function preview(request: CanonicalRequest, _world: World) {
  const [, , , folder = '', index = '', name = ''] = request.segments
  if (closedFolders.has(folder) || !/^\d{1,4}$/.test(index) || !isModelName(name)) return empty(404)
  return outgoing({ method: 'GET', segments: request.segments, headers: conditionalHeaders(request) })
}

/** ComfyUI 0.26 and older read images anywhere through `..` in a model's name. */
function isModelName(name: string): boolean {
  return (
    !name.startsWith('/') &&
    !savedByTenant.test(name) &&
    !name.split('/').some((part) => part === '..' || part === '.' || part === '') &&
    !name.includes('%')
  )
}

/** A model that a tenant saved carries its prompt in the metadata. */
const metadata = rooted(
  'shared models only',
  async (request) => {
    const [, folder = ''] = request.segments
    const filename = request.query.get('filename') ?? ''
    if (closedFolders.has(folder) || !isModelName(filename)) return empty(404)
    return outgoing({ method: 'GET', segments: request.segments, query: { filename } })
  },
  () => ({ 'cache-control': 'private, no-cache' }),
)

export const models = routes('models', {
  says: 'Models are shared; host paths and models that tenants saved are not shown.',
  source: 'ComfyUI server.py list_model_types, get_models, view_metadata; app/model_manager.py @ 0.33.0',
  table: {
    'GET /embeddings': row('models:read', listing),
    'GET /models': row(
      'models:read',
      answered('the cache, folders that list everything left out', (request, world) =>
        world.cached.json(request, { variant: 'open-folders', narrow: keepOpenFolders }),
      ),
    ),
    'GET /models/:folder': row('models:read', listing),
    'GET /experiment/models': row(
      'models:read',
      answered('the cache, host paths blanked', (request, world) =>
        world.cached.json(request, { variant: 'no-paths', narrow: withoutPaths }),
      ),
    ),
    'GET /experiment/models/:folder': row('models:read', listing),
    'GET /experiment/models/preview/:folder/:index/:filename': row(
      'models:read',
      rooted('model folders only, no way up', preview, () => ({ 'cache-control': 'private, no-cache' })),
    ),
    'GET /view_metadata/:folder': row('models:read', metadata),
  },
})
