/**
 * Does every way to prove oneself open what the role may and nothing else, in every carrier, for every kind of row, and
 * does what is over, taken back, somebody else's or broken prove nobody, HTTP and upgrade alike?
 */
import { identityMethods } from '@gatehouse/shared/principal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { until } from '../support/person.ts'
import { byGuest, byLocalhost, bySession, byTicket, signedIn } from './matrix/ambient-methods.ts'
import { closeKept } from './matrix/ask.ts'
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
import { byCertificate, byGateway, byJwt, byJwtCookie } from './matrix/issued-methods.ts'
import { byApiKey, byBasic, byBasicKey, byHtpasswd, bySessionToken, byStaticKey } from './matrix/key-methods.ts'
import type { Method, WrongState } from './matrix/method.ts'
import { ownFile, rowClasses, rowOf, verbs } from './matrix/rows.ts'
import { bystander, foreignPasswordOf, passwordOf, roles, type Site, startSite } from './matrix/site.ts'

const methods: readonly Method[] = [
  ...[bySession, byBasic, byBasicKey, byHtpasswd, byApiKey, byStaticKey, bySessionToken, byTicket],
  ...[byJwt, byJwtCookie, byGateway, byCertificate, byLocalhost, byGuest],
]
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
