/** Is everything written down that somebody must be able to ask about later, and nothing that would help a thief? */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { auditKinds } from '../../sidecar/src/audit/audit.ts'
import { verifyChain } from '../../sidecar/src/audit/verify-chain.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { ask, codeOf, logsIn } from '../security/ask.ts'
import { savedPicture } from '../support/graphs.ts'
import { parseRecord, until } from '../support/person.ts'
import { alicePassword, bobPassword, createWorld, type World } from '../support/world.ts'

const api = '/gatehouse/api/v1'
const ottoPassword = 'copper Ferry 6620'
const json = { 'content-type': 'application/json' }
let world: World
let otto: string

beforeAll(async () => {
  world = await createWorld()
  const passwordHash = await createPasswords().hash(ottoPassword)
  await world.store.users.add({ name: 'otto', role: 'owner', passwordHash, tenantName: 'operators' })
  otto = await logsIn(world, 'otto', ottoPassword)
})
afterAll(() => world[Symbol.asyncDispose]())

type Event = Readonly<Record<string, unknown>>

/** Waits for the newest event of a kind that fits; what is recorded is written a moment later. */
async function written(kind: keyof typeof auditKinds, more: Event = {}): Promise<Event> {
  return until(async () => {
    const rows = await world.store.audit.page({ from: { before: undefined }, limit: 200, kind })
    const events = rows.map(({ event }) => parseRecord(JSON.parse(event)))
    return events.find((event) => Object.entries(more).every(([name, value]) => fits(event[name], value)))
  })
}

function fits(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return actual === expected
  const inner = typeof actual === 'object' && actual !== null ? parseRecord(actual) : {}
  return Object.entries(expected).every(([name, value]) => fits(inner[name], value))
}

const by = (cookie: string, method: string, path: string, body?: unknown) =>
  ask(world, method, `${api}${path}`, {
    headers: { cookie, ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

const origin = { address: '127.0.0.1' }
const byOtto = { actor: { name: 'otto' }, tenant: { name: 'operators' }, method: 'session', ...origin }

describe('an event is written down of', () => {
  it('a start', async () => {
    expect(await written('server.started')).toMatchObject({ kind: 'server.started' })
  })

  it('a log-in, with its method, address and browser', async () => {
    await ask(world, 'POST', `${api}/login`, {
      headers: { ...json, 'user-agent': 'Mozilla/5.0 Test' },
      body: JSON.stringify({ username: 'bob', password: bobPassword }),
    })
    const login = await written('login.succeeded', { actor: { name: 'bob' } })
    expect(login).toMatchObject({ method: 'password', tenant: { name: 'birch' }, ...origin })
    expect(login.detail).toMatchObject({ userAgent: 'Mozilla/5.0 Test', remember: false })
    expect(login.requestId).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('a refused log-in, with the account only where there is one', async () => {
    await ask(world, 'POST', `${api}/login`, {
      headers: json,
      body: JSON.stringify({ username: 'Bob', password: 'not his' }),
    })
    await ask(world, 'POST', `${api}/login`, {
      headers: json,
      body: JSON.stringify({ username: bobPassword, password: 'x' }),
    })
    const known = await written('login.refused', { target: 'bob', method: 'password' })
    expect(known).toMatchObject({ detail: { reason: 'bad_credentials' }, ...origin })
    expect(known.actor).toBeUndefined()
    const unknown = await written('login.refused', { detail: { account: 'unknown' } })
    expect(unknown.target).toBeUndefined()
  })

  it('credentials of a request that prove nobody, whatever carries them', async () => {
    await ask(world, 'GET', '/queue', { headers: { authorization: 'Bearer gh_aaaaaaaaaaaa_nothing' } })
    await ask(world, 'GET', '/queue', { headers: { 'x-api-key': 'gh_aaaaaaaaaaaa_nothing' } })
    await ask(world, 'GET', '/queue?token=gh_aaaaaaaaaaaa_nothing')
    const pair = Buffer.from('alice:not hers').toString('base64')
    await ask(world, 'GET', '/queue', { headers: { authorization: `Basic ${pair}` } })
    for (const method of ['Authorization', 'X-API-Key', 'query']) await written('login.refused', { method, ...origin })
    await written('login.refused', { method: 'basic', target: 'alice' })
  })

  it('two credentials that prove different people', async () => {
    await ask(world, 'GET', '/queue', { headers: { cookie: otto, authorization: `Bearer ${world.alice.key}` } })
    const { detail } = await written('credentials.conflicted', origin)
    expect(String(parseRecord(detail).reason)).toContain('api-key and session')
  })

  it('a logout', async () => {
    const cookie = await logsIn(world, 'bob', bobPassword)
    await by(cookie, 'POST', '/logout')
    expect(await written('logout', { actor: { name: 'bob' } })).toMatchObject({ method: 'session', ...origin })
  })

  it('users that are made, changed and removed, from what to what', async () => {
    await by(otto, 'POST', '/users', {
      username: 'carla',
      role: 'user',
      tenant: 'cedar',
      password: 'amber Kettle 3391',
    })
    await by(otto, 'PATCH', '/users/carla', { role: 'power', password: 'amber Kettle 3392' })
    await by(otto, 'PATCH', '/users/carla', { state: 'disabled' })
    await by(otto, 'DELETE', '/users/carla')
    const target = 'carla'
    expect(await written('user.created', { target, ...byOtto })).toMatchObject({
      detail: { role: 'user', tenant: 'cedar' },
    })
    await written('user.changed', { target, ...byOtto, detail: { role: 'user -> power' } })
    await written('password.changed', { target, ...byOtto })
    await written('user.changed', { target, ...byOtto, detail: { state: 'active -> disabled' } })
    await written('user.removed', { target, ...byOtto })
  })

  it('keys that are made and revoked, by their public half', async () => {
    const created = parseRecord(JSON.parse((await by(otto, 'POST', '/keys', { label: 'ci', expiresInDays: 3 })).body))
    await by(otto, 'DELETE', `/keys/${String(created.id)}`)
    await written('key.created', { target: created.id, ...byOtto, detail: { label: 'ci' } })
    await written('key.revoked', { target: created.id, ...byOtto, detail: { of: 'otto' } })
  })

  it('sessions that somebody ends, and a password that somebody changes', async () => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    await by(cookie, 'POST', '/password', { current: alicePassword, password: 'amber Lantern 4712' })
    await written('password.changed', { target: 'alice', actor: { name: 'alice' } })
    await by(otto, 'DELETE', '/sessions?user=alice')
    await written('session.revoked', { target: 'alice', ...byOtto, detail: { all: true } })
  })

  it('what somebody signed in is not allowed to do', async () => {
    const cookie = await logsIn(world, 'bob', bobPassword)
    expect(codeOf(await by(cookie, 'GET', '/users'))).toBe('forbidden')
    await written('access.refused', { target: `GET ${api}/users`, actor: { name: 'bob' } })
  })

  it('a change of the server by its Manager, and not of looking at it', async () => {
    const before = await world.store.audit.page({ from: { before: undefined }, limit: 200, kind: 'manager.used' })
    const asked = { headers: { cookie: otto, 'sec-fetch-site': 'same-origin' } }
    await ask(world, 'GET', '/manager/queue/status', asked)
    await ask(world, 'POST', '/manager/reboot', asked)
    await written('manager.used', { target: 'POST /manager/reboot', ...byOtto })
    const after = await world.store.audit.page({ from: { before: undefined }, limit: 200, kind: 'manager.used' })
    expect(after).toHaveLength(before.length + 1)
  })
})

it('no event holds a password, a key, a cookie or a prompt', async () => {
  await world.alice.queues(savedPicture('secret-prefix'))
  await ask(world, 'GET', `/queue?token=${world.bob.key}x`)
  await written('login.refused', { method: 'query' })
  const rows = await world.store.audit.page({ from: { after: 0 }, limit: 1_000 })
  const text = JSON.stringify(rows)
  const secrets = [alicePassword, bobPassword, ottoPassword, 'not his', 'secret-prefix', world.bob.key.slice(-30)]
  for (const secret of [...secrets, otto.slice(otto.indexOf('=') + 5, otto.indexOf('=') + 40)]) {
    expect(text.includes(secret), secret).toBe(false)
  }
})

describe('a page of events', () => {
  const page = async (query: string, cookie = otto) =>
    parseRecord(JSON.parse((await by(cookie, 'GET', `/audit${query}`)).body))

  it('is for those who may see it', async () => {
    const cookie = await logsIn(world, 'bob', bobPassword)
    expect(codeOf(await by(cookie, 'GET', '/audit'))).toBe('forbidden')
    expect(codeOf(await ask(world, 'GET', `${api}/audit`))).toBe('unauthenticated')
    expect((await world.olga.fetch(`${api}/audit`)).status).toBe(200)
  })

  it('goes from the newest to the oldest without gaps', async () => {
    const numbers: number[] = []
    let next: unknown = ''
    while (next !== null) {
      const { events, next: following } = await page(`?limit=7${next === '' ? '' : `&before=${String(next)}`}`)
      if (!Array.isArray(events)) throw new Error('no events')
      numbers.push(...events.map((event: unknown) => Number(parseRecord(event).number)))
      next = following
    }
    expect(numbers.at(-1)).toBe(1)
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) - index))
  })

  it('can be asked for by kind, person and time', async () => {
    const { events } = await page('?kind=user.changed&user=carla')
    expect(events).toHaveLength(2)
    expect((await page(`?since=${new Date(Date.now() + 60_000).toISOString()}`)).events).toEqual([])
    for (const wrong of ['?kind=nothing', '?limit=0', '?limit=1001', '?before=x', '?since=yesterday']) {
      expect(codeOf(await by(otto, 'GET', `/audit${wrong}`)), wrong).toBe('bad_input')
    }
  })
})

it('several processes write one list beside the sidecar', async () => {
  const script = fileURLToPath(new URL('writer-child.ts', import.meta.url))
  const children = ['one', 'two'].map((name) =>
    spawn(process.execPath, [script, world.dataDir, name, '40'], { stdio: ['ignore', 'ignore', 'inherit'] }),
  )
  const exits = Promise.all(children.map((child) => once(child, 'exit')))
  for (let turn = 0; turn < 10; turn += 1) {
    await by(otto, 'PATCH', '/users/ann', { role: turn % 2 === 0 ? 'power' : 'user' })
  }
  expect((await exits).map(([code]) => code)).toEqual([0, 0])
  await until(async () => {
    const rows = await world.store.audit.page({ from: { before: undefined }, limit: 200, name: 'ann' })
    return rows.filter(({ kind }) => kind === 'user.changed').length === 10 ? true : undefined
  })
  const keys = await world.store.secrets.load('audit')
  const { problem, count } = await verifyChain(world.store.audit, { all: keys, trusted: keys })
  expect(problem).toBeUndefined()
  expect(count).toBeGreaterThan(90)
})
