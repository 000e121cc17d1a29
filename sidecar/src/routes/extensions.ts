/** Which scripts does the page load? */
import type { Json } from '@gatehouse/shared/json'
import { answered } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'

/** Where the sidecar serves its own extension when the pack is not installed in ComfyUI. */
export const ownExtensionPath = '/extensions/gatehouse/extension.js'
const packExtensionPath = '/extensions/comfyui-gatehouse/extension.js'

/** Appends our own extension where the pack does not bring it. */
export function withOwnExtension(value: Json): Json {
  if (!Array.isArray(value)) return [ownExtensionPath]
  return value.includes(packExtensionPath) ? value : [...value, ownExtensionPath]
}

export const extensions = routes('extensions', {
  says: 'Which packs are installed is the same for everybody who is signed in.',
  source: 'ComfyUI server.py get_extensions, app/custom_node_manager.py @ 0.33.0',
  table: {
    'GET /extensions': row(
      'ui:open',
      answered('the cache, with our extension appended', (request, world) =>
        world.cached.json(request, { variant: 'own-extension', narrow: withOwnExtension }),
      ),
    ),
    'GET /workflow_templates': row(
      'ui:open',
      answered('the cache', (request, world) => world.cached.json(request)),
    ),
    'GET /i18n': row(
      'ui:open',
      answered('the cache', (request, world) => world.cached.json(request)),
    ),
    'GET /global_subgraphs': row(
      'ui:open',
      answered('the cache, every blueprint inlined', (request, world) => world.cached.globalSubgraphs(request)),
    ),
    'GET /global_subgraphs/:id': row(
      'ui:open',
      answered('the cache', (request, world) => world.cached.globalSubgraphs(request)),
    ),
    'GET /node_replacements': row(
      'ui:open',
      answered('the cache', (request, world) => world.cached.json(request)),
    ),
  },
})
