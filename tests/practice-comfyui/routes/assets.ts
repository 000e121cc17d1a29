/** How do the assets routes answer while assets are off, as they are in 0.33.0? */
import { json } from '../aiohttp/answer.ts'
import type { Handler, RouteTable } from '../aiohttp/router.ts'

const message = 'Assets system is disabled. Start the server with --enable-assets to use this feature.'
const disabled: Handler = () => json({ error: { code: 'SERVICE_DISABLED', message, details: {} } }, 503)

const paths: readonly string[] = [
  'HEAD /api/assets/hash/{hash}',
  'GET /api/assets',
  'GET /api/assets/{id}',
  'GET /api/assets/{id}/content',
  'POST /api/assets/from-hash',
  'POST /api/assets',
  'PUT /api/assets/{id}',
  'DELETE /api/assets/{id}',
  'GET /api/tags',
  'POST /api/assets/{id}/tags',
  'DELETE /api/assets/{id}/tags',
  'GET /api/assets/tags/refine',
  'POST /api/assets/seed',
  'GET /api/assets/seed/status',
  'POST /api/assets/seed/cancel',
  'POST /api/assets/prune',
]

export function assetsRoutes(): RouteTable {
  return Object.fromEntries(paths.map((path) => [path, disabled]))
}
