/** Which requests stand for all others? At least one row of the route table for each verb that keeps tenants apart, and a missing one. */
import { createRoleTable, type RoleName } from '@gatehouse/shared/roles'
import { compileTable } from '../../../sidecar/src/policy/compile-table.ts'
import { type Isolation, shared } from '../../../sidecar/src/policy/isolation.ts'
import { type Row, routes, row } from '../../../sidecar/src/policy/row.ts'
import { resources } from '../../../sidecar/src/routes/index.generated.ts'
import { onePixel, savedPicture } from '../../support/graphs.ts'

export interface RowClass {
  /** Of the route table; undefined for what is in no row. */
  readonly key: string | undefined
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: Body
  readonly isUpgrade?: boolean
  /** What those get who may; ComfyUI's own answer where it is asked. */
  readonly status: number
  /** How ComfyUI is asked by those who may; undefined: not on the caller's behalf. */
  readonly asks?: RegExp
  /** What the answer to those who may holds of the asker. */
  readonly tells?: (person: string) => string
}

interface Body {
  readonly type: string
  readonly bytes: Buffer
}

export type Side = '' | '/api'

/** A row of the configuration is the only one that is shared for everybody who is signed in. */
export const sharedRoute = 'GET /matrix/shared'
export const sharedRouteYaml = `routes: [{ route: ${sharedRoute}, isolation: shared, says: the same for everybody }]`

const json = (value: unknown): Body => ({ type: 'application/json', bytes: Buffer.from(JSON.stringify(value)) })

/** The same name again and again, so that no cell leaves more behind than another. */
const uploaded = 'matrix.png'
/** Another than is uploaded: ComfyUI writes a file while it shows it, and who looks then waits for the rest. */
export const ownPicture = 'matrix-own.png'

function upload(): Body {
  const boundary = 'matrix-boundary'
  const head = (rest: string) => `--${boundary}\r\nContent-Disposition: form-data; ${rest}\r\n`
  const bytes = Buffer.concat([
    Buffer.from(`${head(`name="image"; filename="${uploaded}"`)}Content-Type: image/png\r\n\r\n`),
    onePixel,
    Buffer.from(`\r\n${head('name="overwrite"')}\r\ntrue\r\n--${boundary}--\r\n`),
  ])
  return { type: `multipart/form-data; boundary=${boundary}`, bytes }
}

/** What each person keeps, which tells whose world a request was answered from. */
export const ownFile = { path: '/userdata/matrix-own.json', text: (person: string) => `"kept by ${person}"` } as const

export const rowClasses: readonly RowClass[] = [
  { key: 'GET /materialdesignicons.min.css', method: 'GET', path: '/materialdesignicons.min.css', status: 404 },
  { key: 'POST /users', method: 'POST', path: '/users', body: json({ username: 'x' }), status: 404 },
  {
    key: 'POST /free',
    method: 'POST',
    path: '/free',
    body: json({ free_memory: true }),
    status: 200,
    asks: /^POST \/free/,
  },
  { key: 'GET /internal/logs', method: 'GET', path: '/internal/logs', status: 200, asks: /^GET \/internal\/logs/ },
  { key: sharedRoute, method: 'GET', path: '/matrix/shared', status: 404, asks: /^GET \/matrix\/shared/ },
  { key: 'GET /features', method: 'GET', path: '/features', status: 200 },
  {
    key: 'GET /view',
    method: 'GET',
    path: `/view?filename=${ownPicture}&type=input`,
    status: 200,
    asks: /^GET \/view/,
  },
  {
    ...{ key: 'POST /upload/image', method: 'POST', path: '/upload/image', body: upload(), status: 200 },
    asks: /^POST \/upload\/image/,
  },
  { key: 'GET /queue', method: 'GET', path: '/queue', status: 200 },
  { key: 'GET /', method: 'GET', path: '/', status: 200 },
  { key: 'GET /userdata/:file', method: 'GET', path: ownFile.path, status: 200, tells: ownFile.text },
  {
    ...{ key: 'POST /userdata/:file', method: 'POST', path: '/userdata/matrix.json?overwrite=true' },
    ...{ body: json('saved'), status: 200 },
  },
  {
    ...{ key: 'POST /prompt', method: 'POST', path: '/prompt', body: json({ prompt: savedPicture('matrix') }) },
    ...{ status: 200, asks: /^POST \/prompt/ },
  },
  { key: 'GET /ws', method: 'GET', path: '/ws', isUpgrade: true, status: 101 },
  { key: undefined, method: 'GET', path: '/matrix/no-such-route', status: 404 },
]

const configured = routes('configured', {
  says: 'As the configuration of the matrix has it.',
  source: sharedRouteYaml,
  table: { [sharedRoute]: row('ui:open', shared('the same for everybody')) },
})
const { rows } = compileTable([...resources, configured])

/** Every verb that a row of the built-in table uses, behind an operator's too. */
export const verbs: ReadonlySet<Isolation['verb']> = new Set(
  compileTable(resources).rows.flatMap(({ isolation }) => [
    isolation.verb,
    ...(isolation.verb === 'operator' ? [isolation.then.verb] : []),
  ]),
)

export function rowOf({ key }: RowClass): Row | undefined {
  if (key === undefined) return undefined
  const found = rows.find((each) => each.key === key)
  if (found === undefined) throw new Error(`no row is ${key}`)
  return found
}

/** `/` has no second side: ComfyUI answers it at `/api` and not at `/api/`. */
export function sidesOf(rowClass: RowClass): readonly Side[] {
  const at = rowOf(rowClass)?.at ?? 'both'
  if (at === 'api') return ['/api']
  return at === 'root' || rowClass.path === '/' ? [''] : ['', '/api']
}

export interface Expected {
  readonly status: number
  readonly isServed: boolean
}

const roleTable = createRoleTable()

/** What a role gets, by the route table and the table of roles alone. */
export function expectedOf(rowClass: RowClass, role: RoleName): Expected {
  const permissions = roleTable.permissionsOf(role)
  const found = rowOf(rowClass)
  const served = { status: rowClass.status, isServed: true }
  if (found === undefined || found.needs === 'anybody') return served
  const { isolation, needs } = found
  if (isolation.verb === 'denied') return { status: isolation.answer.status, isServed: false }
  if (isolation.verb === 'operator') {
    return permissions.has(isolation.may) ? served : { status: isolation.otherwise.status, isServed: false }
  }
  return permissions.has(needs) ? served : { status: 403, isServed: false }
}

/** Whether no identity is asked for. */
export function isOpen(rowClass: RowClass): boolean {
  return rowOf(rowClass)?.needs === 'anybody'
}
