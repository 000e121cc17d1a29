/** Which static files are public, and which need an identity? */
import { answered, opened } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'

const stock = opened('part of the published frontend package, the same on every installation', (request, cached) =>
  cached.asset(request),
)
/** Files of custom nodes and of the operator's own packs are not public software. */
const signedIn = answered('the asset cache', (request, world) => world.cached.asset(request))

export const staticFiles = routes('static', {
  says: 'The stock frontend is public software; files of custom nodes are for those who are signed in.',
  source: 'ComfyUI server.py add_routes (static mounts) @ 0.33.0',
  table: {
    'GET /assets/*': row('anybody', stock, 'root'),
    'GET /fonts/*': row('anybody', stock, 'root'),
    'GET /cursor/*': row('anybody', stock, 'root'),
    'GET /materialdesignicons.min.css': row('anybody', stock, 'root'),
    'GET /favicon.ico': row('anybody', stock, 'root'),
    'GET /scripts/*': row('ui:open', signedIn, 'root'),
    'GET /extensions/*': row('ui:open', signedIn, 'root'),
    'GET /templates/*': row('ui:open', signedIn, 'root'),
    'GET /docs/*': row('ui:open', signedIn, 'root'),
    'GET /workflow_templates/*': row('ui:open', signedIn, 'api'),
  },
})
