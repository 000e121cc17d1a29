/**
 * A page of somebody else's, open in the victim's browser, makes requests that carry the victim's cookie: a form, an
 * image, a socket, from another site or, past SameSite, from a sibling host or another port (A34, A41, B15). It must
 * change nothing, start nothing, hear nothing, and neither end the victim's session nor begin one of the attacker's.
 */
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { savedPicture } from '../support/graphs.ts'
import { alicePassword, createWorld, type World } from '../support/world.ts'
import { ask, codeOf, logsIn, pageOf, twins } from './ask.ts'

const ownerPassword = 'copper Kettle 2290'
let world: World
let alice: string
let owner: string
beforeAll(async () => {
  world = await createWorld()
  const passwordHash = await createPasswords().hash(ownerPassword)
  await world.store.users.add({ name: 'otto', role: 'owner', passwordHash, tenantName: 'otto' })
  alice = await logsIn(world, 'alice', alicePassword)
  owner = await logsIn(world, 'otto', ownerPassword)
})
afterAll(() => world[Symbol.asyncDispose]())

const foreign: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['another site', { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }],
  ['another site on a LAN address', { origin: 'http://evil.test' }],
  ['a sibling host', { origin: 'http://sibling.gatehouse.test', 'sec-fetch-site': 'same-site' }],
  ['another port of this host', { origin: 'http://gatehouse.test:9999' }],
  ['a sandboxed frame', { origin: 'null' }],
  ['no origin, but a browser that tells', { 'sec-fetch-site': 'same-site' }],
  ['an origin that begins like ours', { origin: 'http://gatehouse.test.evil.test' }],
  ['an origin with a user in it', { origin: 'http://gatehouse.test@evil.test' }],
]

const changes = [
  ['POST', '/prompt', JSON.stringify({ prompt: savedPicture('forged') })],
  ['POST', '/queue', '{"clear":true}'],
  ['POST', '/history', '{"clear":true}'],
  ['POST', '/interrupt', ''],
  ['POST', '/free', '{"unload_models":true}'],
  ['POST', '/settings', '{"a":1}'],
  ['POST', '/userdata/forged.json', '{}'],
  ['DELETE', '/userdata/forged.json', ''],
  ['POST', '/upload/image', ''],
  ['POST', '/jobs/cancel', '{"job_ids":[]}'],
] as const

describe.each(foreign)('from %s', (_where, headers) => {
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json', ''])(
    'no request with a body of type "%s" changes anything',
    async (type) => {
      const before = world.practice.requests.length
      for (const [method, path, body] of changes) {
        for (const twin of twins([path])) {
          const reply = await ask(world, method, twin, {
            headers: {
              host: 'gatehouse.test',
              cookie: alice,
              ...headers,
              ...(type === '' ? {} : { 'content-type': type }),
            },
            body,
          })
          expect([reply.status, codeOf(reply)], `${method} ${twin}`).toEqual([403, 'cross_site'])
        }
      }
      expect(world.practice.requests.slice(before)).toEqual([])
    },
  )

  it('no socket opens', async () => {
    for (const path of twins(['/ws?clientId=x'])) {
      const socket = new WebSocket(`${world.address.replace('http', 'ws')}${path}`, {
        headers: { host: 'gatehouse.test', cookie: alice, ...headers },
      })
      const [error] = await once(socket, 'error')
      expect(String(error)).toContain('403')
    }
  })

  it('neither a log-in nor a log-out happens, whatever key the form brings along', async () => {
    const birch = await world.store.users.findByName('bob')
    if (birch === undefined) throw new Error('bob is missing')
    const { id, key, secretHash } = mintApiKey()
    await world.store.apiKeys.add({ id, userId: birch.id, label: 'forged', secretHash, expiresAtMs: null })
    for (const query of ['', `?token=${key}`, `?api_key=${key}`]) {
      for (const path of ['/gatehouse/api/v1/logout', '/gatehouse/api/v1/login', '/api/auth/login']) {
        const reply = await ask(world, 'POST', `${path}${query}`, { headers: { host: 'gatehouse.test', ...headers } })
        expect([path, query, reply.status, reply.cookies, reply.headers['clear-site-data']]).toEqual([
          path,
          query,
          403,
          [],
          undefined,
        ])
      }
    }
  })
})

describe('the cookie of an owner', () => {
  it.each(['same-site', 'cross-site'])('reaches no Manager route from a %s page, not even by GET', async (site) => {
    const before = world.practice.requests.length
    for (const path of twins(['/manager/reboot', '/manager/queue/start', '/snapshot/save', '/v2/manager/reboot'])) {
      const reply = await ask(world, 'GET', path, { headers: { cookie: owner, 'sec-fetch-site': site } })
      expect([reply.status, codeOf(reply)], path).toEqual([403, 'cross_site'])
    }
    expect(world.practice.requests.slice(before)).toEqual([])
  })

  it('reaches none where no browser tells the site, unless the page script is behind it', async () => {
    const { page } = await pageOf(world, owner)
    expect((await ask(world, 'GET', '/manager/version', { headers: { cookie: owner } })).status).toBe(403)
    for (const headers of [
      { 'x-gatehouse-page': page },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ]) {
      expect((await ask(world, 'GET', '/manager/version', { headers: { cookie: owner, ...headers } })).status).toBe(404)
    }
    expect((await world.olga.fetch('/manager/version')).status).toBe(404)
  })
})

describe('the cookie of anybody', () => {
  it('is answered at no own address for a page of a sibling host, but for a link that is followed', async () => {
    const own = '/gatehouse/api/v1'
    for (const path of ['/me', '/keys', '/users', '/audit', '/sessions', '/queue', '/files', '/usage']) {
      const headers = { cookie: owner, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }
      const reply = await ask(world, 'GET', `${own}${path}`, { headers })
      expect([reply.status, codeOf(reply)], path).toEqual([403, 'cross_site'])
    }
    const link = { cookie: owner, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' }
    expect((await ask(world, 'GET', `${own}/me`, { headers: link })).status).toBe(200)
    const page = { cookie: owner, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }
    expect((await ask(world, 'GET', `${own}/me`, { headers: page })).status).toBe(200)
  })
})

describe('a Basic password that the browser remembers', () => {
  const basic = `Basic ${Buffer.from(`otto:${ownerPassword}`).toString('base64')}`
  it.each(['same-site', 'cross-site'])(
    'is good for nothing that a %s page asks for, but for following its link',
    async (site) => {
      const before = world.practice.requests.length
      for (const path of twins(['/manager/reboot', '/view?filename=a.png&type=input', '/queue'])) {
        const reply = await ask(world, 'GET', path, { headers: { authorization: basic, 'sec-fetch-site': site } })
        expect([reply.status, codeOf(reply)], path).toEqual([403, 'cross_site'])
      }
      for (const path of ['/me', '/keys', '/users', '/audit', '/sessions']) {
        const headers = { authorization: basic, 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' }
        const reply = await ask(world, 'GET', `/gatehouse/api/v1${path}`, { headers })
        expect([reply.status, codeOf(reply)], path).toEqual([403, 'cross_site'])
      }
      expect(world.practice.requests.slice(before)).toEqual([])
      const link = { authorization: basic, 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }
      expect((await ask(world, 'GET', '/', { headers: link })).status).toBe(200)
      expect((await ask(world, 'GET', '/queue', { headers: { authorization: basic } })).status).toBe(200)
    },
  )
})

describe('the page a request comes from', () => {
  it('is checked on requests and sockets when it is named: the one of somebody else is refused', async () => {
    const { page } = await pageOf(world, owner)
    for (const path of twins(['/history', '/queue'])) {
      const reply = await ask(world, 'GET', path, { headers: { cookie: alice, 'x-gatehouse-page': page } })
      expect(codeOf(reply)).toBe('page_belongs_to_another')
    }
    for (const path of twins([`/ws?gatehouse_page=${encodeURIComponent(page)}`])) {
      const socket = new WebSocket(`${world.address.replace('http', 'ws')}${path}`, {
        headers: { cookie: alice, origin: world.address },
      })
      const [error] = await once(socket, 'error')
      expect(String(error)).toMatch(/Unexpected server response: 4\d\d/)
    }
  })

  it('cannot be named twice, nor beside a second one', async () => {
    const { page } = await pageOf(world, alice)
    const reply = await ask(world, 'GET', '/history', { headers: { cookie: alice, 'x-gatehouse-page': [page, 'x'] } })
    expect(reply.status).toBe(400)
  })
})
