/** Who may look behind the server: its logs, its folders, its flat file lists? */

import { empty, json } from '../policy/answer.ts'
import { answered, denied, operator, shared } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'
import type { FileName } from '../policy/world.ts'

const logs = shared("everybody's log lines", {})

/** ComfyUI lists the root of the folder, newest first, as `name [output]`. */
function annotated(root: 'input' | 'output', file: FileName): string {
  return `${file.filename} [${root}]`
}

const listing = answered("the tenant's own files", async (request, world) => {
  const root = request.segments[2]
  if (root === 'temp') return json([])
  if (root !== 'input' && root !== 'output') return json({ error: 'Invalid directory type' }, 400)
  const files = await world.files.list(root)
  return json(files.filter((file) => file.subfolder === '').map((file) => annotated(root, file)))
})

export const internal = routes('internal', {
  says: "Logs and host paths are for operators; file lists are the tenant's own.",
  source: 'ComfyUI api_server/routes/internal/internal_routes.py @ 0.33.0',
  table: {
    'GET /internal/logs': row('ui:open', operator('server:logs', "logs hold everybody's work", logs), 'root'),
    'GET /internal/logs/raw': row('ui:open', operator('server:logs', "logs hold everybody's work", logs), 'root'),
    'PATCH /internal/logs/subscribe': row(
      'ui:open',
      denied("any client id could be subscribed to everybody's log lines", empty(200)),
      'root',
    ),
    // The stock UI asks whenever a graph names absent models; `{}` is what it makes of a failure, without the failure.
    'GET /internal/folder_paths': row(
      'ui:open',
      operator('server:logs', 'host paths', shared('host paths'), json({})),
      'root',
    ),
    'GET /internal/files/:root': row('output:read', listing, 'root'),
  },
})
