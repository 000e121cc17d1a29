/** Who may install, update and restart? */
import { operator, shared } from '../policy/isolation.ts'
import { type RouteKey, type RowDraft, routes, row } from '../policy/row.ts'

/** `/v2/userdata` is ComfyUI's own; everything else of the Manager lies below these (v3 node pack, v4 package). */
const families = ['customnode', 'manager', 'snapshot', 'externalmodel', 'comfyui_manager'] as const
const verbs = ['GET', 'POST', 'DELETE'] as const

/** Query keys of the Manager's routes (glob/manager_server.py, v3.41 and 4.2). */
const query = [
  'mode',
  'value',
  'skip_update',
  'target',
  'ver',
  'client_id',
  'ui_id',
  'max_items',
  'offset',
  'id',
  'lang',
]

const forOwners = operator(
  'manager:use',
  'the Manager runs code on the server, and takes everybody behind a loopback proxy for local',
  shared('one server', { query, withBody: true }),
)

function familyRows(): Record<RouteKey, RowDraft> {
  const keys = families.flatMap((family) =>
    verbs.flatMap((verb): RouteKey[] => [`${verb} /${family}/*`, `${verb} /v2/${family}/*`]),
  )
  return parseRows(keys.map((key) => [key, row('ui:open', forOwners)]))
}

function parseRows(entries: readonly (readonly [RouteKey, RowDraft])[]): Record<RouteKey, RowDraft> {
  return Object.fromEntries(entries) as Record<RouteKey, RowDraft>
}

export const manager = routes('manager', {
  says: 'ComfyUI-Manager is for owners only.',
  source: 'ComfyUI-Manager glob/manager_server.py 3.41, comfyui_manager 4.2.2',
  table: familyRows(),
})
