/**
 * Whoever holds one credential tries to be somebody else with a second one, with a header that names a person, with
 * what a store leaks, or with a carrier that another part of the code reads differently (A05, A07, A08, A14 to A16,
 * A45). Two people in one request are nobody; what proves nothing is refused at once; ComfyUI hears of no credential.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../sidecar/src/identity/constant-time.ts'
import { savedPicture } from '../support/graphs.ts'
import { alicePassword, bobPassword, createWorld, type World } from '../support/world.ts'
import { ask, logsIn, twins } from './ask.ts'
import { exchangeRaw, rawRequest } from './raw-socket.ts'

let world: World
let aliceCookie: string
let bobCookie: string
let heard = 0
beforeAll(async () => {
  world = await createWorld({ guardSecret: 'a guard secret of the test 0123456789' })
  aliceCookie = await logsIn(world, 'alice', alicePassword)
  bobCookie = await logsIn(world, 'bob', bobPassword)
  await (await world.alice.queues(savedPicture('alice-only'))).finishes()
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => {
  heard = world.practice.requests.length
})

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
type Carry = readonly [headers: Readonly<Record<string, string>>, query: string]

/** Each carrier for each person. */
function carriers(key: string, cookie: string, login: string): Readonly<Record<string, Carry>> {
  return {
    cookie: [{ cookie }, ''],
    bearer: [{ authorization: `Bearer ${key}` }, ''],
    basic: [{ authorization: login }, ''],
    'x-api-key': [{ 'x-api-key': key }, ''],
    api_key: [{}, `api_key=${key}`],
    token: [{}, `token=${key}`],
  }
}

describe('two people in one request are refused, in every pair of carriers', () => {
  it('and one person twice is that person', async () => {
    const ofAlice = carriers(world.alice.key, aliceCookie, basic('alice', alicePassword))
    const ofBob = carriers(world.bob.key, bobCookie, basic('bob', bobPassword))
    for (const [first, [headers, query]] of Object.entries(ofAlice)) {
      for (const second of Object.keys(ofAlice)) {
        if (
          first === second ||
          (first === 'bearer' && second === 'basic') ||
          (first === 'basic' && second === 'bearer')
        )
          continue
        const both = async (other: Carry | undefined) => {
          const [otherHeaders, otherQuery] = other ?? [{}, '']
          const all = [query, otherQuery].filter((part) => part !== '').join('&')
          const path = twins([`/history${all === '' ? '' : `?${all}`}`])
          return Promise.all(path.map((each) => ask(world, 'GET', each, { headers: { ...headers, ...otherHeaders } })))
        }
        for (const reply of await both(ofBob[second]))
          expect([first, second, reply.status]).toEqual([first, second, 400])
        for (const reply of await both(ofAlice[second]))
          expect([first, second, reply.status]).toEqual([first, second, 200])
      }
    }
  })

  it('a credential that proves nobody never falls back to one that does', async () => {
    for (const [name, [headers, query]] of Object.entries(
      carriers('gh_000000000000_nothing', 'x=y', basic('alice', 'wrong wrong wrong')),
    )) {
      if (name === 'cookie') continue
      for (const path of twins([`/history${query === '' ? '' : `?${query}`}`])) {
        const reply = await ask(world, 'GET', path, { headers: { cookie: aliceCookie, ...headers } })
        expect([name, reply.status]).toEqual([name, 401])
      }
    }
  })

  it('two session cookies are nobody, whichever comes first', async () => {
    for (const cookie of [
      `${aliceCookie}; ${bobCookie}`,
      `${bobCookie}; ${aliceCookie}`,
      `${aliceCookie}; ${aliceCookie.split('=')[0]}=x`,
    ]) {
      expect((await ask(world, 'GET', '/history', { headers: { cookie } })).status).toBe(401)
    }
    const twice = await ask(world, 'GET', '/history', { headers: { cookie: [aliceCookie, bobCookie] } })
    // Node joins repeated Cookie headers of its own client: still two of ours.
    expect([400, 401]).toContain(twice.status)
  })
})

describe('what is no credential is a 401, and never a 500', () => {
  const odd = [
    'Bearer',
    'Bearer ',
    'Bearer  ',
    'bearer',
    'Basic',
    'Basic ',
    'Basic Og==',
    'Basic YWxpY2U6',
    'Basic OnB3',
    'Basic !!!!',
    'Basic /////w==',
    'Negotiate abc',
    'Digest username="alice"',
    'Token abc',
    'gh_only_one_word',
    'Bearer a b',
    'Bearer gh__',
    'Bearer null',
    'Bearer undefined',
    'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.',
    `Bearer ${'a'.repeat(5_000)}`,
    'Bearer \xe9\xe8',
    `Basic ${'A'.repeat(8_000)}`,
    '\x01',
  ]
  it.each(odd)('%j', async (value) => {
    for (const path of twins(['/history', '/prompt'])) {
      const answer = await exchangeRaw(
        world.address,
        Buffer.from(rawRequest(`GET ${path}`, [`Authorization: ${value}`]), 'latin1'),
      )
      expect([400, 401]).toContain(answer.status)
    }
  })

  it.each(['', ' ', 'gh_', 'gh_000000000000_', '\u20ac', 'a'.repeat(3_000), '%00', "' OR 1=1 --"])(
    'as a key: %j',
    async (key) => {
      for (const path of twins([
        `/history?token=${encodeURIComponent(key)}`,
        `/history?api_key=${encodeURIComponent(key)}`,
      ])) {
        expect((await ask(world, 'GET', path)).status).toBe(401)
      }
      const header = await exchangeRaw(world.address, Buffer.from(rawRequest('GET /history', [`X-API-Key: ${key}`])))
      expect([400, 401]).toContain(header.status)
    },
  )

  it('what the store holds is no key: neither hash, nor id, nor session hash', async () => {
    const [, id = '', secret = ''] = world.alice.key.split('_')
    const member = await world.store.users.findByName('alice')
    const [session] = member === undefined ? [] : await world.store.sessions.list(member.id)
    if (session === undefined) throw new Error('alice has no session')
    for (const text of [
      sha256Hex(secret),
      `gh_${id}_${sha256Hex(secret)}`,
      id,
      session.hash,
      session.id,
      member?.passwordHash ?? '',
    ]) {
      expect((await ask(world, 'GET', '/history', { headers: { authorization: `Bearer ${text}` } })).status).toBe(401)
      // 429 once the back-off has seen enough of it.
      const guessed = await ask(world, 'GET', '/history', { headers: { authorization: basic('alice', text) } })
      expect([401, 429]).toContain(guessed.status)
      const [name = ''] = aliceCookie.split('=')
      expect((await ask(world, 'GET', '/history', { headers: { cookie: `${name}=s%3A${text}` } })).status).toBe(401)
    }
  })

  it('a key in the address of a page opens no page', async () => {
    const headers = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }
    for (const path of ['/', '/history', '/view?filename=x.png']) {
      const mark = path.includes('?') ? '&' : '?'
      const reply = await ask(world, 'GET', `${path}${mark}token=${world.alice.key}`, { headers })
      expect(reply.status).toBe(302)
      expect(reply.headers.location).not.toContain(world.alice.key)
    }
  })
})

describe('no header says who somebody is', () => {
  const forged = [
    ...['comfy-user', 'Comfy-User', 'COMFY_USER', 'comfy_user', 'X-Remote-User', 'X_Remote_User', 'Remote-User'],
    ...['X-Forwarded-User', 'X-Forwarded-Email', 'X-Auth-Request-User', 'X-Authenticated-User', 'X-User', 'X-Tenant'],
    ...[
      'X-FunArt-Comfy-UserId',
      'X-FunArt-Comfy-Userid',
      'X_FunArt_Comfy_UserId',
      'X-Gatehouse-User',
      'X-Gatehouse-Guard',
    ],
    ...['X-Gatehouse-Tenant', 'X-SWARM-USER_ID', 'X-Swarm-Backend-ID', 'X-Client-Cert', 'SSL_CLIENT_S_DN'],
    ...['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Uri', 'X-Forwarded-Prefix', 'X-Original-Method'],
  ]
  const whereabouts = [
    ...['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'True-Client-IP'],
    ...['CF-Connecting-IP', 'X-Client-IP', 'X-Cluster-Client-IP', 'Via', 'X-Forwarded-Port', 'Client-IP'],
  ]
  it.each([...forged, ...whereabouts])('%s', async (name) => {
    for (const value of [
      'alice',
      world.alice.folderKey,
      '127.0.0.1',
      '::ffff:127.0.0.1',
      'for=127.0.0.1;proto=https',
      '/health',
    ]) {
      for (const path of twins(['/history'])) {
        const stranger = await exchangeRaw(world.address, rawRequest(`GET ${path}`, [`${name}: ${value}`]))
        expect(stranger.status).toBe(401)
        const headers = [`Authorization: Bearer ${world.bob.key}`, `${name}: ${value}`, `${name}: x`]
        const bob = await exchangeRaw(world.address, rawRequest(`GET ${path}`, headers))
        expect([bob.status, bob.body]).toEqual([200, '{}'])
      }
    }
  })

  it('ComfyUI hears of none of them, of no credential and of no cookie, on any kind of row', async () => {
    const headers = {
      'x-api-key': world.olga.key,
      authorization: `Bearer ${world.olga.key}`,
      cookie: `${aliceCookie.split('=')[0]}=x; other=1`,
      referer: `http://gatehouse.test/?token=${world.olga.key}`,
      origin: world.address,
      'user-agent': 'attacker/1.0',
      te: 'trailers',
      ...Object.fromEntries([...forged, ...whereabouts].map((name) => [name, 'forged-by-client'])),
    }
    await world.olga.uploads('o.png', Buffer.from('png'))
    const paths = [
      '/history',
      '/view?type=input&filename=o.png',
      '/internal/logs',
      '/system_stats',
      '/features',
      '/manager/version',
      '/extensions/core/x.js',
    ]
    for (const path of paths)
      await ask(world, 'GET', `${path}${path.includes('?') ? '&' : '?'}token=${world.olga.key}`, { headers })
    await ask(world, 'POST', '/prompt', { headers, body: JSON.stringify({ prompt: savedPicture('olga') }) })
    await ask(world, 'POST', '/free', { headers, body: '{}' })
    const since = world.practice.requests.slice(heard)
    expect(since.some(({ url }) => url.startsWith('/view'))).toBe(true)
    expect(since.some(({ url }) => url.startsWith('/manager/version'))).toBe(true)
    const allowed =
      /^(?:host|accept-encoding|connection|content-length|content-type|transfer-encoding|x-gatehouse-guard|if-none-match|upgrade|sec-websocket-[a-z]+)$/
    for (const { url, headers: sent, body } of since) {
      for (const name of Object.keys(sent)) expect(name, url).toMatch(allowed)
      const text = `${url}\n${JSON.stringify(sent)}\n${body.toString()}`
      for (const secret of [world.olga.key, world.alice.key, aliceCookie, 'forged-by-client', 'attacker/1.0']) {
        expect(text.includes(secret), url).toBe(false)
      }
    }
  })
})
