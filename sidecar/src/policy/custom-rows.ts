/** Which rows does the operator add for routes of custom nodes? Configuration in the table's own vocabulary. */
import { methods } from './canonical-request.ts'
import { denied, type Isolation, operator, shared } from './isolation.ts'
import { type Resource, type RouteKey, type RowDraft, routes, row } from './row.ts'

export interface CustomRow {
  readonly route: string
  readonly isolation: 'shared' | 'denied' | 'owners'
  readonly says: string
  readonly query: readonly string[]
}

/** One resource per configured row, so that each keeps its own sentence. */
export function customResources(rows: readonly CustomRow[]): readonly Resource[] {
  return rows.map((custom, index) =>
    routes(`custom-${index + 1}`, {
      says: custom.says,
      source: 'configuration: routes',
      table: parseTable(custom.route, row('ui:open', isolationOf(custom))),
    }),
  )
}

function isolationOf(custom: CustomRow): Isolation {
  const pass = shared(custom.says, { query: custom.query, withBody: true })
  switch (custom.isolation) {
    case 'shared':
      return pass
    case 'denied':
      return denied(custom.says)
    case 'owners':
      return operator('manager:install', custom.says, pass)
    default:
      return custom.isolation satisfies never
  }
}

/** The configuration schema has checked the form; an unknown method still stops the start. */
function parseTable(route: string, draft: RowDraft): Record<RouteKey, RowDraft> {
  if (!methods.some((method) => route.startsWith(`${method} /`))) throw new TypeError(`not a route: ${route}`)
  return { [route as RouteKey]: draft }
}
