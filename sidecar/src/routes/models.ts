/** Which models may be listed, and what of them is a host path or another tenant's? */
import type { Json } from '@gatehouse/shared/json'
import { empty } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { answered, rooted } from '../policy/isolation.ts'
import { conditionalHeaders, outgoing } from '../policy/outgoing.ts'
import { routes, row } from '../policy/row.ts'
import type { World } from '../policy/world.ts'
import { readEmbeddings } from '../prompt/embedding-files.ts'
import { indexEmbeddings, indexPickles } from '../prompt/embeddings.ts'
import { isListed } from '../prompt/pickles.ts'
import { isModelAllowed, isModelListed } from '../prompt/role-rules.ts'
import { isObject } from '../transform/json-shape.ts'

/** ComfyUI lists every file below these two folders, whatever its extension (comfyui-surface: 1.2). */
const closedFolders: ReadonlySet<string> = new Set(['custom_nodes', 'datasets'])
/** A tenant's folder key as first part of a name: a model saved below `output/<key>/`. */
const savedByTenant = /(?:^|[\\/])[a-z0-9]{20}[\\/]/

/** Without what the prompt normaliser refuses to load. */
function keepUsable(value: Json, isUsable: (name: string) => boolean): Json {
  if (!Array.isArray(value)) return value
  return value.filter((entry) => !savedByTenant.test(modelName(entry)) && isUsable(modelName(entry)))
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

const hidden = 'the cache; models saved by tenants, or of a format that can carry code, hidden'

const listing = answered(hidden, async (request, world) => {
  const folder = request.segments.at(-1) ?? ''
  if (closedFolders.has(folder)) return empty(404)
  const { allowPickles, models: rules } = world.limits
  return world.cached.json(request, {
    variant: JSON.stringify(['usable', allowPickles, rules]),
    narrow: (value) =>
      keepUsable(value, (name) => isListed(allowPickles, folder, name) && isModelListed(rules, folder, name)),
  })
})

/** Names without their endings, as prompts mention them (server.py get_embeddings). */
const embeddings = answered(hidden, async (request, world) => {
  const { allowPickles, models: rules } = world.limits
  const files = await readEmbeddings(world.comfyui)
  const pickled = indexPickles(files)
  const refused = indexEmbeddings(files.filter((name) => !isModelAllowed(rules, 'embeddings', name)))
  const isUsable = (name: string): boolean => {
    const plain = name.replaceAll('\\', '/')
    const isSafe = (pickled.get(plain) ?? []).every((file) => isListed(allowPickles, 'embeddings', file))
    return isSafe && !refused.has(plain)
  }
  return world.cached.json(request, {
    variant: JSON.stringify(['usable', allowPickles, rules, ...pickled]),
    narrow: (value) => keepUsable(value, isUsable),
  })
})

async function preview(request: CanonicalRequest, { limits }: World) {
  const [, , , folder = '', index = '', name = ''] = request.segments
  if (closedFolders.has(folder) || !/^\d{1,4}$/.test(index) || !isModelName(name)) return empty(404)
  if (!isModelListed(limits.models, folder, name)) return empty(404)
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
  async (request, { limits }) => {
    const [, folder = ''] = request.segments
    const filename = request.query.get('filename') ?? ''
    if (closedFolders.has(folder) || !isModelName(filename)) return empty(404)
    if (!isModelListed(limits.models, folder, filename)) return empty(404)
    return outgoing({ method: 'GET', segments: request.segments, query: { filename } })
  },
  () => ({ 'cache-control': 'private, no-cache' }),
)

export const models = routes('models', {
  says: 'Models are shared; host paths, models that tenants saved and models that the role may not choose are not shown.',
  source: 'ComfyUI server.py list_model_types, get_models, view_metadata; app/model_manager.py @ 0.33.0',
  table: {
    'GET /embeddings': row('models:read', embeddings),
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
