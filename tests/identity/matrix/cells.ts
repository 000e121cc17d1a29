/** How is one method tried in all its cells? Every row class, on both sides of `/api`, in small crowds. */
import { parseRecord, until } from '../../support/person.ts'
import { ask, type Reply } from './ask.ts'
import { type Carried, type Carry, type Method, ownPage, type Secret, type Wrong } from './method.ts'
import { expectedOf, isOpen, type RowClass, rowClasses, type Side, sidesOf } from './rows.ts'
import type { Role, Site } from './site.ts'

const crowdCount = 12

export interface Cell {
  readonly rowClass: RowClass
  readonly side: Side
}

export const cells: readonly Cell[] = rowClasses.flatMap((rowClass) =>
  sidesOf(rowClass).map((side) => ({ rowClass, side })),
)

let guessCount = 0

/** Another peer for every guess: five from one address, and the next have to wait. */
function addressOfGuess(): string {
  guessCount += 1
  return `127.${40 + (guessCount >> 16)}.${(guessCount >> 8) & 255}.${guessCount & 255}`
}

export async function askCell(
  site: Site,
  method: Method,
  { rowClass, side }: Cell,
  { secret, carry, isGuess = false }: { readonly secret: Secret; readonly carry: Carry; readonly isGuess?: boolean },
  beside: Carried = {},
): Promise<Reply> {
  const door = method.door(site)
  const text = typeof secret === 'string' ? secret : await secret(rowClass, side)
  const carried = carry(text, door)
  const keys = [carried.query, beside.query].filter((key) => key !== undefined).join('&')
  const mark = rowClass.path.includes('?') ? '&' : '?'
  return ask(door, {
    method: rowClass.method,
    path: `${side}${rowClass.path}${keys === '' ? '' : `${mark}${keys}`}`,
    headers: { ...carried.headers, ...beside.headers },
    ...(rowClass.body === undefined ? {} : { body: rowClass.body }),
    isUpgrade: rowClass.isUpgrade === true,
    certificate: carried.certificate,
    from: isGuess ? addressOfGuess() : undefined,
  })
}

/** One line for each cell that was answered otherwise than it should. */
export async function inCrowds(
  wanted: readonly Cell[],
  judge: (cell: Cell) => Promise<string | undefined>,
): Promise<readonly string[]> {
  const wrong: string[] = []
  const waiting = [...wanted]
  const worker = async (): Promise<void> => {
    for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
      const told = await judge(cell)
      const { rowClass, side } = cell
      if (told !== undefined) wrong.push(`${rowClass.method} ${side}${rowClass.path}: ${told}`)
    }
  }
  await Promise.all(Array.from({ length: crowdCount }, worker))
  return wrong
}

/** What a right credential of a person gets: what the role may, of the own world. */
export async function tryValid(
  site: Site,
  method: Method,
  role: Role,
  using: { readonly secret: Secret; readonly carry: Carry },
): Promise<readonly string[]> {
  return inCrowds(cells, async (cell) => {
    const { rowClass } = cell
    const isOpened = method.opens?.(rowClass) ?? true
    const expected = isOpened ? expectedOf(rowClass, role) : { status: 401, isServed: false }
    const reply = await askCell(site, method, cell, using)
    if (reply.status !== expected.status) return `${reply.status} instead of ${expected.status}: ${short(reply)}`
    const own = expected.isServed ? rowClass.tells?.(method.people[role] ?? '') : undefined
    return own === undefined || reply.text === own ? undefined : `of somebody else: ${short(reply)}`
  })
}

/** How often each row has ComfyUI asked by the cells of a role. */
export function asksOf(method: Method, role: Role): number {
  return cells.filter(({ rowClass }) => asksUpstream(method, role, rowClass)).length
}

function asksUpstream(method: Method, role: Role, rowClass: RowClass): boolean {
  if (rowClass.asks === undefined || method.opens?.(rowClass) === false) return false
  return expectedOf(rowClass, role).isServed
}

/** What ComfyUI heard of requests that only a caller makes. */
export function heardBy({ practice }: Pick<Site['main'], 'practice'>): number {
  return practice.requests.filter(({ method, url }) =>
    rowClasses.some(({ asks }) => asks?.test(`${method} ${url.replace(/^\/api\//, '/')}`)),
  ).length
}

/** What a wrong credential gets: the refusal, in ComfyUI's shape; or, where it counts as none, what strangers get. */
export async function tryWrong(site: Site, method: Method, wrong: Wrong, carry: Carry): Promise<readonly string[]> {
  return inCrowds(cells, async (cell) => {
    const reply = await askCell(site, method, cell, { ...wrong, carry })
    if (wrong.isSilent === true && isOpen(cell.rowClass)) {
      return reply.status === cell.rowClass.status ? undefined : `not as to strangers: ${short(reply)}`
    }
    return isRefusal(reply, wrong.status ?? 401, cell.rowClass.isUpgrade) ? undefined : `not refused: ${short(reply)}`
  })
}

const refusals: ReadonlySet<string> = new Set(['unauthenticated', 'bad_credentials', 'bad_request'])

/** ComfyUI's own form of an error: `error` with its four members, and `node_errors`; an upgrade's is short. */
export function isRefusal({ status, text }: Reply, wanted: number, isUpgrade = false): boolean {
  if (status !== wanted || !text.startsWith('{')) return false
  const { error, node_errors: nodeErrors } = parseRecord(JSON.parse(text))
  const { type, message, details, extra_info: extra } = parseRecord(error)
  const isShaped = typeof details === 'string' && typeof extra === 'object' && typeof nodeErrors === 'object'
  return refusals.has(String(type)) && typeof message === 'string' && (isUpgrade || isShaped)
}

export function short({ status, text }: Reply): string {
  return `${status} ${text.slice(0, 160)}`
}

/** The row by which it is seen whether somebody is let in. */
export function probeOf(method: Method): Cell {
  const key = method.opens === undefined ? 'GET /userdata/:file' : 'GET /view'
  const found = cells.find(({ rowClass }) => rowClass.key === key)
  if (found === undefined) throw new Error(`no cell asks ${key}`)
  return found
}

/** Right before, over after: else a refusal would say nothing of the end. */
export async function endIt(site: Site, method: Method, wrong: Wrong, carry: Carry): Promise<void> {
  const { end } = wrong
  if (end === undefined) return
  const probe = () => askCell(site, method, probeOf(method), { ...wrong, carry })
  const before = await probe()
  if (before.status !== 200 && before.status !== 404) throw new Error(`not let in before its end: ${short(before)}`)
  await end()
  // Its open connections may be cut in the middle of a question.
  await until(async () => ((await probe().catch(() => undefined))?.status === 401 ? true : undefined))
}

/** Somebody else's credential, in a place that the method leaves free. */
export function besideOf(
  method: Method,
  carried: Carried,
  others: { cookie: string; key: string },
  site: Site,
): Carried {
  const isTaken = carried.headers !== undefined && 'cookie' in carried.headers
  if (isTaken || method.isStranger === true) return { headers: { 'x-api-key': others.key } }
  return { headers: { ...ownPage(method.door(site)), cookie: others.cookie } }
}
