/** Do two credentials in one request that prove different people end in a refusal that names both, for every pair of methods? */
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { ask, codeOf, logsIn } from '../security/ask.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { onePixel } from '../support/graphs.ts'
import { parseRecord } from '../support/person.ts'
import { personWithKey } from '../support/world.ts'

type Name = 'alice' | 'bob'
/** A request carries one credential in one place: two that need the same place cannot meet. */
interface Carried {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly query: string
}

const fixed = { alice: 'alices-fixed-key-0123456789', bob: 'bobs-fixed-key-9876543210' } as const
const passwords = { alice: 'amber Lantern 4711', bob: 'birch Wagon 9083' } as const
const jwtSecret = 'a secret of the backend that is long enough 0123456789'
const gatewaySecret = 'a secret of the gateway 0123456789'
const picture = 'filename=a.png&type=input'

let folder: string
let site: Configured
const carried = new Map<Name, readonly Carried[]>()
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-two-'))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  site = await startConfigured(`
auth:
  static_keys:
    - { name: one, user: alice, file: '${file('alice', fixed.alice)}' }
    - { name: two, user: bob, file: '${file('bob', fixed.bob)}' }
  jwt:
    - name: backend
      issuer: https://backend.example
      audience: comfyui
      secret_file: '${file('jwt', jwtSecret)}'
      accounts: { names: shared }
  trusted_headers:
    - name: gateway
      header: Remote-User
      secret_header: X-Gateway-Secret
      secret_file: '${file('gateway', gatewaySecret)}'
      accounts: { names: shared }
`)
  for (const name of ['alice', 'bob'] as const) carried.set(name, await credentialsOf(name))
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

async function credentialsOf(name: Name): Promise<readonly Carried[]> {
  const passwordHash = await createPasswords().hash(passwords[name])
  const member = await site.store.users.add({ name, role: 'user', passwordHash })
  const person = await personWithKey(site.store, { name, address: site.address }, member)
  await person.uploads('a.png', onePixel)
  const cookie = await logsIn(site, name, passwords[name])
  const post = async (path: string, body: object) =>
    parseRecord(await (await person.post(`/gatehouse/api/v1${path}`, body)).json())
  const token = String((await post('/token', { apiKey: person.key })).access_token)
  const { ticket } = await post('/tickets', { purpose: 'view', target: `/view?${picture}` })
  const basic = `Basic ${Buffer.from(`${name}:${passwords[name]}`).toString('base64')}`
  const jwt = signed(name)
  const gateway = { 'remote-user': name, 'x-gateway-secret': gatewaySecret }
  return [
    { method: 'session', headers: { cookie }, query: '' },
    { method: 'basic', headers: { authorization: basic }, query: '' },
    { method: 'api-key', headers: { 'x-api-key': person.key }, query: '' },
    { method: 'api-key', headers: { authorization: `Bearer ${person.key}` }, query: '' },
    { method: 'api-key', headers: {}, query: `api_key=${person.key}` },
    { method: 'static-key', headers: { 'x-api-key': fixed[name] }, query: '' },
    { method: 'static-key', headers: {}, query: `api_key=${fixed[name]}` },
    { method: 'session-token', headers: { authorization: `Bearer ${token}` }, query: '' },
    { method: 'session-token', headers: {}, query: `token=${token}` },
    { method: 'jwt', headers: { authorization: `Bearer ${jwt}` }, query: '' },
    { method: 'jwt', headers: {}, query: `token=${jwt}` },
    { method: 'trusted-header', headers: gateway, query: '' },
    { method: 'ticket', headers: {}, query: `ticket=${ticket}` },
  ]
}

function signed(name: Name): string {
  const coded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: 'https://backend.example', aud: 'comfyui', sub: name, iat: now, exp: now + 3_600 }
  const text = `${coded({ alg: 'HS256', typ: 'JWT' })}.${coded(claims)}`
  return `${text}.${createHmac('sha256', jwtSecret).update(text).digest('base64url')}`
}

function send(credentials: readonly Carried[]) {
  const headers = Object.assign({}, ...credentials.map((each) => each.headers))
  const query = [picture, ...credentials.map((each) => each.query).filter((each) => each !== '')].join('&')
  return ask(site, 'GET', `/view?${query}`, { headers })
}

function canMeet(one: Carried, other: Carried): boolean {
  const keyOf = ({ query }: Carried) => query.split('=')[0]
  if (one.query !== '' && keyOf(one) === keyOf(other)) return false
  return !Object.keys(one.headers).some((name) => Object.hasOwn(other.headers, name))
}

function pairs(): readonly (readonly [Carried, Carried])[] {
  const ofBob = carried.get('bob') ?? []
  return (carried.get('alice') ?? []).flatMap((one) =>
    ofBob.filter((other) => canMeet(one, other)).map((other) => [one, other] as const),
  )
}

describe('two credentials', () => {
  it('of two people are refused in every pair of methods and carriers, naming both, and ComfyUI hears nothing', async () => {
    const before = site.practice.requests.filter(({ url }) => url.startsWith('/view')).length
    expect(pairs().length).toBeGreaterThan(50)
    const met = new Set<string>()
    for (const [one, other] of pairs()) {
      const reply = await send([one, other])
      const told = `${one.method} and ${other.method}: ${reply.status} ${reply.body}`
      expect([reply.status, codeOf(reply)], told).toEqual([400, 'conflicting_credentials'])
      const { message } = parseRecord(parseRecord(JSON.parse(reply.body)).error)
      const [, first = '', second = ''] = /different people: (\S+) and (\S+)\.(?: |$)/.exec(String(message)) ?? []
      expect([first, second].sort(), told).toEqual([one.method, other.method].sort())
      met.add([one.method, other.method].sort().join(' '))
    }
    const methods = [...new Set((carried.get('alice') ?? []).map(({ method }) => method))]
    const possible = methods.flatMap((one, index) =>
      methods.slice(index + 1).map((other) => [one, other].sort().join(' ')),
    )
    expect([...met]).toEqual(expect.arrayContaining(possible))
    expect(site.practice.requests.filter(({ url }) => url.startsWith('/view')).length).toBe(before)
  })

  it('of one person are that person', async () => {
    const own = carried.get('alice') ?? []
    for (const one of own) {
      for (const other of own.filter((each) => canMeet(one, each))) {
        expect([one.method, other.method, (await send([one, other])).status]).toEqual([one.method, other.method, 200])
      }
    }
  })

  it('of which the explicit one is wrong never fall back to the cookie', async () => {
    const session = (carried.get('alice') ?? []).find(({ method }) => method === 'session')
    const wrong: readonly Carried[] = (carried.get('alice') ?? [])
      // A gateway's header without its secret is nobody's, as if it were not there.
      .filter(({ method }) => method !== 'session' && method !== 'trusted-header')
      .map((each) => ({
        ...each,
        query: each.query === '' ? '' : each.query.slice(0, -2),
        headers: Object.fromEntries(Object.entries(each.headers).map(([name, value]) => [name, value.slice(0, -4)])),
      }))
    for (const each of wrong) {
      const reply = await send([...(session === undefined ? [] : [session]), each])
      expect([each.method, Object.keys(each.headers), reply.status]).toEqual([
        each.method,
        Object.keys(each.headers),
        401,
      ])
    }
  })
})
