/** Who may hear live events, and which? */
import { joined } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'

export const websocket = routes('websocket', {
  says: 'A socket ends in the sidecar and hears only what belongs to its own principal.',
  source: 'ComfyUI server.py websocket_handler @ 0.33.0',
  table: {
    'GET /ws': row('output:read', joined("the hub delivers own events under the client's own id")),
  },
})
