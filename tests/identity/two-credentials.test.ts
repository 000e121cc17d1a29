/**
 * Do two credentials in one request that prove different people end in a refusal that names both? For every pair of all
 * methods and carriers, those of own TLS and of gateways among them: requests, upgrades and the own API, and ComfyUI
 * hears nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRecord } from '../support/person.ts'
import { type Asked, ask, closeKept, type Headers, type Reply } from './matrix/ask.ts'
import { cells, heardBy, short } from './matrix/cells.ts'
import { api, type Carried, type Method } from './matrix/method.ts'
import { methods } from './matrix/methods.ts'
import { ownFile, type RowClass, type Side } from './matrix/rows.ts'
import { people, type Role, type Site, startSite } from './matrix/site.ts'

/** What somebody sends of one method in one carrier, made anew for each request. */
interface Proof {
  readonly method: Method
  readonly carrier: string
  readonly name: string
  carry(row: RowClass, side: Side): Promise<Carried>
}

let site: Site
const proofs = new Map<Role, readonly Proof[]>()
beforeAll(async () => {
  site = await startSite()
  for (const role of ['owner', 'user'] as const) proofs.set(role, await proofsOf(role))
}, 60_000)
afterAll(async () => {
  closeKept()
  await site[Symbol.asyncDispose]()
})

/** Strangers are taken for somebody only when nothing proves anybody; a provider's people are of another instance. */
const meeting = methods.filter(
  (method) => method.isStranger !== true && method.kind !== 'a session that a provider opened',
)

async function proofsOf(role: Role): Promise<readonly Proof[]> {
  const made: Proof[] = []
  for (const method of meeting) {
    const name = method.people[role]
    if (name === undefined) continue
    const secret = await method.valid(site, role)
    for (const [carrier, carry] of Object.entries(method.carriers)) {
      const textFor = async (row: RowClass, side: Side) => (typeof secret === 'string' ? secret : secret(row, side))
      made.push({ method, carrier, name, carry: async (row, side) => carry(await textFor(row, side), site.door) })
    }
  }
  return made
}

const rowAt = (key: string): RowClass => {
  const found = cells.find(({ rowClass }) => rowClass.key === key)
  if (found === undefined) throw new Error(`no cell asks ${key}`)
  return found.rowClass
}
const ownApi: RowClass = { key: undefined, method: 'GET', path: `${api}/me`, status: 200 }
const doors = () => [rowAt('GET /view'), rowAt('POST /prompt'), rowAt('GET /ws'), ownApi]
/** A ticket is for what it was made for, and for nothing of the own API. */
const fits = ({ method }: Proof, row: RowClass): boolean => method.opens?.(row) ?? true
const sidesOf = (row: RowClass): readonly Side[] => (row === ownApi ? [''] : ['', '/api'])

/** Both, unless they need the same place: cookies of several names lie in one header. */
function joined(one: Carried, other: Carried): Carried | undefined {
  const [mine, theirs] = [one.headers ?? {}, other.headers ?? {}]
  const shared = Object.keys(mine).filter((name) => Object.hasOwn(theirs, name) && !ownPage.has(name))
  if (shared.some((name) => name !== 'cookie')) return undefined
  const cookies = [mine.cookie, theirs.cookie].filter((cookie) => cookie !== undefined)
  if (new Set(cookies.map((cookie) => String(cookie).split('=')[0])).size < cookies.length) return undefined
  const keyOf = ({ query }: Carried) => query?.split('=')[0]
  if (one.query !== undefined && keyOf(one) === keyOf(other)) return undefined
  if (one.certificate !== undefined && other.certificate !== undefined) return undefined
  const headers: Headers = { ...mine, ...theirs, ...(cookies.length === 0 ? {} : { cookie: cookies.join('; ') }) }
  const query = [one.query, other.query].filter((each) => each !== undefined).join('&')
  const certificate = one.certificate ?? other.certificate
  return { headers, query, ...(certificate === undefined ? {} : { certificate }) }
}
/** What a page of ours sends beside what it carries. */
const ownPage: ReadonlySet<string> = new Set(['origin', 'sec-fetch-site'])

async function send(row: RowClass, side: string, { headers = {}, query = '', certificate }: Carried): Promise<Reply> {
  const mark = row.path.includes('?') ? '&' : '?'
  const asked: Asked = {
    ...{ method: row.method, path: `${side}${row.path}${query === '' ? '' : `${mark}${query}`}`, headers, certificate },
    ...(row.body === undefined ? {} : { body: row.body }),
    isUpgrade: row.isUpgrade === true,
  }
  return ask(site.door, asked)
}

/** The two methods that a refusal names, in the order of the alphabet. */
function namedIn({ status, text }: Reply): string | undefined {
  if (status !== 400) return undefined
  const { type, message } = parseRecord(parseRecord(JSON.parse(text)).error)
  const [, one = '', other = ''] = /different people: (\S+) and (\S+)\.(?: |$)/.exec(String(message)) ?? []
  return type === 'conflicting_credentials' ? [one, other].toSorted().join(' and ') : undefined
}

/** One line for each pair that was answered otherwise; what both say of themselves is noted in `met`. */
async function tryPairs(one: Proof, others: readonly Proof[], met: Set<string>): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const row of doors().filter((each) => fits(one, each))) {
    await Promise.all(
      others
        .filter((other) => fits(other, row))
        .map(async (other, index) => {
          const side = sidesOf(row)[index % sidesOf(row).length] ?? ''
          const both = joined(await one.carry(row, side), await other.carry(row, side))
          if (both === undefined) return
          const reply = await send(row, side, both)
          met.add(other.method.name)
          const told = `${one.carrier}, ${other.method.kind} in ${other.carrier}: ${short(reply)}`
          if (namedIn(reply) !== [one.method.name, other.method.name].toSorted().join(' and ')) wrong.push(told)
        }),
    )
  }
  return wrong
}

/** Of which a request has one place: two of them cannot meet. */
const alone: ReadonlySet<string> = new Set(['session', 'basic', 'client-certificate', 'trusted-header'])

describe('two credentials', () => {
  it.each(meeting.map((method) => ({ kind: method.kind, method })))(
    'of two people are refused wherever $kind meets another, naming both, and ComfyUI hears nothing',
    async ({ method }) => {
      const others = proofs.get('user') ?? []
      const met = new Set<string>()
      const before = heardBy(site.main)
      for (const one of (proofs.get('owner') ?? []).filter((proof) => proof.method === method)) {
        expect(await tryPairs(one, others, met)).toEqual([])
      }
      expect(heardBy(site.main)).toBe(before)
      const possible = meeting.map(({ name }) => name).filter((name) => name !== method.name || !alone.has(name))
      expect(possible.filter((name) => !met.has(name))).toEqual([])
    },
    60_000,
  )

  it('of one person are that person', async () => {
    const own = (proofs.get('user') ?? []).filter(({ name }) => name === people.user)
    const row = rowAt('GET /userdata/:file')
    for (const one of own.filter((each) => fits(each, row))) {
      const asked = own.filter((each) => fits(each, row) && each !== one)
      const replies = await Promise.all(
        asked.map(async (other) => {
          const both = joined(await one.carry(row, ''), await other.carry(row, ''))
          return both === undefined ? undefined : (await send(row, '', both)).text
        }),
      )
      expect(new Set(replies.filter((text) => text !== undefined)), one.method.kind).toEqual(
        new Set([ownFile.text(people.user)]),
      )
    }
  })
})
