/**
 * Does every way to prove oneself open what the role may and nothing else, in every carrier, for every kind of row, and
 * does what is over, taken back, somebody else's or broken prove nobody, HTTP and upgrade alike?
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { identityMethods } from '@gatehouse/shared/principal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { credentialHeaders, credentialQueryKeys } from '../../sidecar/src/identity/credentials.ts'
import { parseRefreshToken } from '../../sidecar/src/identity/refresh-token.ts'
import { until } from '../support/person.ts'
import { hashOf, signedIn } from './matrix/ambient-methods.ts'
import { ask, closeKept } from './matrix/ask.ts'
import {
  askCell,
  asksOf,
  besideOf,
  cells,
  endIt,
  heardBy,
  isRefusal,
  probeOf,
  short,
  tryValid,
  tryWrong,
} from './matrix/cells.ts'
import { api, asToken, type Method, post, type WrongState } from './matrix/method.ts'
import { methods, sessionsBy } from './matrix/methods.ts'
import { ownFile, rowClasses, rowOf, verbs } from './matrix/rows.ts'
import { bystander, foreignPasswordOf, passwordOf, people, roles, type Site, startSite } from './matrix/site.ts'

const wrongStates = ['expired', 'revoked', 'foreign', 'malformed'] as const satisfies readonly WrongState[]

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterAll(async () => {
  closeKept()
  await site[Symbol.asyncDispose]()
})

describe('the matrix', () => {
  it('names every method that proves somebody', () => {
    expect([...new Set(methods.map(({ name }) => name))].toSorted()).toEqual([...identityMethods].toSorted())
  })

  it('has every way to open a session, or says where that is tried', () => {
    for (const [way, tried] of Object.entries(sessionsBy)) {
      const isThere =
        'elsewhere' in tried ? existsSync(join(import.meta.dirname, '../..', tried.elsewhere)) : isTried(tried)
      expect(isThere, way).toBe(true)
    }
  })

  it('carries every token wherever a request is looked at for one, and something in every header', () => {
    const door = { url: 'https://any.example', ca: undefined }
    const places = (method: Method) => Object.values(method.carriers).map((carry) => carry('x', door))
    for (const method of methods.filter(({ name }) => tokenMethods.has(name))) {
      const queries = places(method).flatMap(({ query }) => query?.split('=')[0] ?? [])
      if (queries.length === 0) continue
      expect(queries.toSorted(), method.kind).toEqual([...credentialQueryKeys].toSorted())
    }
    const tokens = methods.filter((method) => places(method).some(({ query }) => query !== undefined))
    expect(new Set(tokens.map(({ name }) => name))).toEqual(tokenMethods)
    const headers = new Set(methods.flatMap(places).flatMap((carried) => Object.keys(carried.headers ?? {})))
    expect([...credentialHeaders].filter((name) => !headers.has(name))).toEqual([])
  })

  it('has a row for every verb that keeps tenants apart, and one that is missing', () => {
    const tried = rowClasses.flatMap((each) => {
      const { isolation } = rowOf(each) ?? {}
      return isolation === undefined
        ? []
        : [isolation.verb, ...(isolation.verb === 'operator' ? [isolation.then.verb] : [])]
    })
    expect([...verbs].filter((verb) => !tried.includes(verb))).toEqual([])
    expect(rowClasses.filter(({ key }) => key === undefined)).toHaveLength(1)
  })

  it('asks both sides of /api, and upgrades', () => {
    expect(cells.filter(({ side }) => side === '/api').length).toBeGreaterThan(10)
    expect(cells.filter(({ rowClass }) => rowClass.isUpgrade).map(({ side }) => side)).toEqual(['', '/api'])
  })
})

const isTried = (method: Method): boolean => method.missing !== undefined || methods.includes(method)
/** Those of which the text itself is a token. */
const tokenMethods = new Set(['api-key', 'static-key', 'session-token', 'ticket', 'jwt'])

const upstreamOf = (method: Method) => (method.door(site) === site.door ? site.main : site.other)
const carried = methods.flatMap((method) =>
  Object.entries(method.carriers).map(([carrier, carry]) => ({ method, kind: method.kind, carrier, carry })),
)

describe('a right credential', () => {
  it.each(carried)(
    'opens with $kind in $carrier what the role may, of the own world',
    async ({ method, carry }) => {
      const upstream = upstreamOf(method)
      for (const role of roles.filter((each) => method.people[each] !== undefined)) {
        const secret = await method.valid(site, role)
        const before = heardBy(upstream)
        expect(await tryValid(site, method, role, { secret, carry }), role).toEqual([])
        const wanted = before + asksOf(method, role)
        // A job is handed on when its turn comes.
        await until(async () => (heardBy(upstream) >= wanted ? true : undefined))
        expect(heardBy(upstream), role).toBe(wanted)
      }
    },
    60_000,
  )
})

interface WrongCase {
  readonly method: Method
  readonly kind: string
  readonly state: WrongState
}
const all: readonly WrongCase[] = methods.flatMap((method) =>
  wrongStates.map((state) => ({ method, kind: method.kind, state })),
)
const cases = all.filter(({ method, state }) => typeof method.wrong[state] !== 'string')

/** Who must not be proven by anything that is wrong. */
async function bystanderOf(method: Method): Promise<{ readonly cookie: string; readonly key: string }> {
  const { store } = upstreamOf(method)
  const member = await store.users.findByName(bystander)
  if (member === undefined) throw new Error('nobody stands by')
  const { id, key, secretHash } = mintApiKey()
  await store.apiKeys.add({ id, userId: member.id, label: 'beside', secretHash, expiresAtMs: null })
  const password = method.door(site) === site.door ? passwordOf : foreignPasswordOf
  return { key, cookie: `__Host-gatehouse=${await signedIn(method.door(site), bystander, password(bystander))}` }
}

describe('a wrong credential', () => {
  it.each(cases)(
    'proves nobody: $state, $kind',
    async ({ method, state }) => {
      const make = method.wrong[state]
      if (typeof make === 'string') throw new Error(make)
      const others = await bystanderOf(method)
      const upstream = upstreamOf(method)
      for (const [carrier, own] of Object.entries(method.carriers)) {
        const wrong = await make(site)
        const carry = wrong.carry ?? own
        await endIt(site, method, wrong, carry)
        const before = heardBy(upstream)
        expect(await tryWrong(site, method, wrong, carry), carrier).toEqual([])
        expect(heardBy(upstream), carrier).toBe(before)
        const probe = probeOf(method)
        const beside = besideOf(method, carry('', method.door(site)), others, site)
        const reply = await askCell(site, method, probe, { ...wrong, carry }, beside)
        // Who is disabled is still somebody else: then both are named, and nobody is served.
        if (wrong.isSilent === true || method.isStranger === true)
          expect(reply.text, carrier).toBe(ownFile.text(bystander))
        else
          expect([isRefusal(reply, wrong.status ?? 401) || reply.status === 400, short(reply)], carrier).toEqual([
            true,
            short(reply),
          ])
      }
    },
    60_000,
  )

  it('of a kind that cannot be has its reason', () => {
    const reasons = all.flatMap(({ method, state }) => method.wrong[state]).filter((each) => typeof each === 'string')
    expect(reasons.length + cases.length).toBe(methods.length * wrongStates.length)
    expect(reasons.every((reason) => reason.length > 10)).toBe(true)
  })
})

/** What is right at one door of its own, and nothing at any other. */
describe('no credential of a request', () => {
  const door = (at: Site) => at.door
  const refreshToken = async () => {
    const pair = { username: people.owner, password: passwordOf(people.owner) }
    return String(/"refresh_token":"([^"]+)"/.exec(await post(site.door, '/token', pair))?.[1])
  }

  it('is what opens another door, in a header or an address', async () => {
    const member = await site.main.store.users.findByName(people.owner)
    const session = await signedIn(site.door, people.owner, passwordOf(people.owner))
    const secrets = {
      'a refresh token': await refreshToken(),
      'the value of a session cookie': session,
      'what the store knows a session by': hashOf(session),
      'a user id': String(member?.id),
    }
    for (const [what, secret] of Object.entries(secrets)) {
      expect(secret, what).toMatch(/^[\x21-\x7e]{8,}$/)
      const before = heardBy(site.main)
      for (const carrier of ['Authorization: Bearer', '?ticket=']) {
        const carry = asToken[carrier]
        if (carry === undefined) throw new Error(`nothing is carried in ${carrier}`)
        const method: Method = { ...found('api-key'), kind: what, door }
        const wrong = { secret: encodeURIComponent(secret), isGuess: true }
        expect(await tryWrong(site, method, wrong, carry), `${what} in ${carrier}`).toEqual([])
      }
      expect(heardBy(site.main), what).toBe(before)
    }
  })

  it('is what renews one: at its own door it is right once, and wrong in every other way', async () => {
    const refresh = async (text: string, at = site.door) => {
      const body = { type: 'application/json', bytes: Buffer.from(JSON.stringify({ refresh_token: text })) }
      const path = `${api}/token/refresh`
      const reply = await ask(at, { method: 'POST', path, body })
      return { status: reply.status, next: String(/"refresh_token":"([^"]+)"/.exec(reply.text)?.[1]) }
    }
    const renewed = await refresh(await refreshToken())
    expect([renewed.status, renewed.next.startsWith('ghr_')]).toEqual([200, true])
    const revoked = await refreshToken()
    await post(site.door, '/token/revoke', { token: revoked })
    const expired = await refreshToken()
    const ended = { expires_at_ms: Date.now() - 1_000 }
    const hash = parseRefreshToken(expired)?.session
    if (hash === undefined) throw new Error('this is no refresh token')
    await site.db.updateTable('sessions').set(ended).where('hash', '=', hash).execute()
    const altered = `${(await refreshToken()).slice(0, -1)}_`
    for (const text of [revoked, expired, altered, 'ghr_', '']) {
      expect([400, 401], text.slice(0, 8)).toContain((await refresh(text)).status)
    }
    expect((await refresh(await refreshToken(), site.otherDoor)).status).toBe(401)
  })
})

function found(name: Method['name']): Method {
  const method = methods.find((each) => each.name === name)
  if (method === undefined) throw new Error(`nothing is tried of ${name}`)
  return method
}
