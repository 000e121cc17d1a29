/** What of ComfyUI's assets API is open? */
import { denied } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'

/** What ComfyUI itself answers without `--enable-assets` (app/assets/api/routes.py). */
const off = denied('assets have no owner, and their hashes tell whether a file exists', {
  kind: 'json',
  status: 503,
  value: {
    error: {
      code: 'SERVICE_DISABLED',
      message: 'Assets system is disabled. Start the server with --enable-assets to use this feature.',
      details: {},
    },
  },
})

export const assets = routes('assets', {
  says: 'The assets API answers as if it were switched off.',
  source: 'ComfyUI app/assets/api/routes.py @ 0.33.0',
  table: {
    'GET /assets': row('ui:open', off, 'api'),
    'POST /assets': row('ui:open', off, 'api'),
    'GET /assets/*': row('ui:open', off, 'api'),
    'POST /assets/*': row('ui:open', off, 'api'),
    'PUT /assets/*': row('ui:open', off, 'api'),
    'DELETE /assets/*': row('ui:open', off, 'api'),
    'GET /tags': row('ui:open', off, 'api'),
  },
})
