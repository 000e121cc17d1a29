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

const managed = shared('one server', { query, withBody: true })
const changes = operator(
  'manager:install',
  'the Manager runs code on the server, and takes everybody behind a loopback proxy for local',
  managed,
)
const restarts = operator('manager:restart', 'a restart ends what everybody has running', managed)
/** Without `value`, by which the node pack sets on a GET what it is asked for. */
const tells = operator(
  'manager:read',
  'what is installed is for operators',
  shared('one server', { query: query.filter((key) => key !== 'value') }),
)

/** What only tells, in either generation, and is asked for with GET. Everything that nobody listed may change something. */
const reading = [
  ...['customnode/getlist', 'customnode/getmappings', 'customnode/installed', 'customnode/alternatives'],
  ...['customnode/versions/:node', 'customnode/disabled_versions/:node', 'externalmodel/getlist'],
  ...['manager/version', 'manager/notice', 'manager/queue/status', 'manager/is_legacy_manager_ui'],
  ...['snapshot/getlist', 'snapshot/get_current', 'comfyui_manager/comfyui_versions'],
] as const

function familyRows(): Record<RouteKey, RowDraft> {
  const keys = families.flatMap((family) =>
    verbs.flatMap((verb): RouteKey[] => [`${verb} /${family}/*`, `${verb} /v2/${family}/*`]),
  )
  const readingKeys = reading.flatMap((path): RouteKey[] => [`GET /${path}`, `GET /v2/${path}`])
  const restartKeys = (['GET', 'POST'] as const).flatMap((verb): RouteKey[] => [
    `${verb} /manager/reboot`,
    `${verb} /v2/manager/reboot`,
  ])
  return parseRows([
    ...keys.map((key) => [key, row('ui:open', changes)] as const),
    ...readingKeys.map((key) => [key, row('ui:open', tells)] as const),
    ...restartKeys.map((key) => [key, row('ui:open', restarts)] as const),
  ])
}

function parseRows(entries: readonly (readonly [RouteKey, RowDraft])[]): Record<RouteKey, RowDraft> {
  return Object.fromEntries(entries) as Record<RouteKey, RowDraft>
}

export const manager = routes('manager', {
  says: 'ComfyUI-Manager is for those who may read, change or restart the server, which owners may.',
  source: 'ComfyUI-Manager glob/manager_server.py 3.41, comfyui_manager 4.2.2',
  table: familyRows(),
})
