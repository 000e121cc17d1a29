/** Does a ticket open the one thing it was made for, once or for a minute, and nothing when its owner is out? */
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import { ask, codeOf, logsIn } from '../security/ask.ts'
import { onePixel, savedPicture } from '../support/graphs.ts'
import { parseRecord } from '../support/person.ts'
import { alicePassword, createWorld, type World } from '../support/world.ts'
import { startOwnServer } from './own-server.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.alice.uploads('a.png', onePixel)
  await world.alice.uploads('b.png', onePixel)
})
afterAll(() => world[Symbol.asyncDispose]())

const api = '/gatehouse/api/v1'
const picture = '/view?filename=a.png&type=input'

type Headers = Readonly<Record<string, string>>
const bearer = (key: string): Headers => ({ authorization: `Bearer ${key}` })

async function ticketFor(headers: Headers, body: object): Promise<{ readonly ticket: string; readonly url: string }> {
  const reply = await ask(world, 'POST', `${api}/tickets`, {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (reply.status !== 201) throw new Error(`no ticket: ${reply.status} ${reply.body}`)
  const { ticket, url } = parseRecord(JSON.parse(reply.body))
  return { ticket: String(ticket), url: String(url) }
}
const toView = (headers: Headers, target = picture) => ticketFor(headers, { purpose: 'view', target })
const toListen = (headers: Headers) => ticketFor(headers, { purpose: 'websocket' })
const statusOf = async (path: string, headers: Headers = {}) => (await ask(world, 'GET', path, { headers })).status

/** Opens a socket as a foreign page does, which can add nothing but an address; the status of the refusal, or the socket. */
async function opens(url: string): Promise<WebSocket | number> {
  const socket = new WebSocket(`${world.address.replace('http', 'ws')}${url}`, { origin: 'https://gallery.example' })
  const refusal = new Promise<number>((resolve) => {
    socket.once('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0)
      request.destroy()
    })
  })
  socket.on('error', () => undefined)
  return Promise.race([once(socket, 'open').then(() => socket), refusal])
}
async function opened(url: string): Promise<WebSocket> {
  const socket = await opens(url)
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
  return socket
}

/** A key of alice of its own, so that its end is nobody else's. */
async function keyOf(name: string, limits: object = {}): Promise<{ readonly key: string; revoke(): Promise<boolean> }> {
  const member = await world.store.users.findByName(name)
  if (member === undefined) throw new Error(`${name} is not there`)
  const { id, key, secretHash } = mintApiKey()
  await world.store.apiKeys.add({ id, userId: member.id, label: '', secretHash, expiresAtMs: null, ...limits })
  return { key, revoke: () => world.store.apiKeys.revoke(id) }
}

describe('a ticket for a WebSocket', () => {
  it('opens one, on either side of /api, where nothing but an address can be sent', async () => {
    for (const path of ['/ws', '/api/ws']) {
      const { ticket } = await toListen(bearer(world.alice.key))
      const socket = await opened(`${path}?clientId=tool&ticket=${ticket}`)
      const heard = new Promise<string>((resolve) => {
        socket.on('message', (text: Buffer) => {
          const { type } = parseRecord(JSON.parse(text.toString('utf8')))
          if (type === 'execution_success') resolve(String(type))
        })
      })
      await world.alice.queues(savedPicture(`ticket-${path.length}`), { client_id: 'tool' })
      expect(await heard).toBe('execution_success')
      socket.terminate()
    }
  })

  it('opens no second one, and one only of many at once', async () => {
    const { url } = await toListen(bearer(world.alice.key))
    const sockets = await Promise.all(Array.from({ length: 8 }, () => opens(url)))
    expect(sockets.filter((socket) => typeof socket === 'number')).toEqual(Array(7).fill(401))
    for (const socket of sockets) if (typeof socket !== 'number') socket.terminate()
    expect(await opens(url)).toBe(401)
  })

  it('opens nothing else: no request, no page, no picture, no own API', async () => {
    const { ticket, url } = await toListen(bearer(world.alice.key))
    for (const path of ['/queue', '/ws', '/api/ws', '/', picture, `${api}/me`, `${api}/keys`]) {
      expect([path, await statusOf(`${path}${path.includes('?') ? '&' : '?'}ticket=${ticket}`)]).toEqual([path, 401])
    }
    expect(await statusOf('/queue', bearer(ticket))).toBe(401)
    // A try elsewhere has not used it up.
    const socket = await opened(url)
    socket.terminate()
  })

  it('closes its socket with whatever it was made with', async () => {
    const { key, revoke } = await keyOf('alice')
    const cookie = await logsIn(world, 'alice', alicePassword)
    const origin = world.address
    const byCookie = await opened((await toListen({ cookie, origin })).url)
    const byKey = await opened((await toListen(bearer(key))).url)
    const closed = once(byKey, 'close')
    await revoke()
    await closed
    expect(byCookie.readyState).toBe(WebSocket.OPEN)
    const closedToo = once(byCookie, 'close')
    await ask(world, 'POST', `${api}/logout`, { headers: { cookie, origin } })
    await closedToo
  })

  it('that waits ends with what it was made with', async () => {
    const { key, revoke } = await keyOf('alice')
    const { url } = await toListen(bearer(key))
    const seen = await toView(bearer(key))
    expect(await statusOf(seen.url)).toBe(200)
    await revoke()
    expect(await opens(url)).toBe(401)
    expect(await statusOf(seen.url)).toBe(401)
  })
})

describe('a ticket for a picture', () => {
  it('shows it, as often as a browser asks, whatever the order of the keys', async () => {
    const { ticket, url } = await toView(bearer(world.alice.key))
    expect(url).toBe(`${picture}&ticket=${ticket}`)
    for (const path of [
      url,
      url,
      `/view?ticket=${ticket}&type=input&filename=a.png`,
      `/view?type=input&filename=%61.png&ticket=${ticket}`,
    ]) {
      const reply = await ask(world, 'GET', path)
      expect([reply.status, reply.headers['content-type']]).toEqual([200, 'image/png'])
    }
    expect((await ask(world, 'HEAD', url)).status).toBe(200)
  })

  it('shows no other one, in no other way, and nobody else has one', async () => {
    const { ticket } = await toView(bearer(world.alice.key))
    const elsewhere = [
      '/view?filename=b.png&type=input',
      '/api/view?filename=a.png&type=input',
      '/view?filename=a.png',
      '/view?filename=a.png&type=input&channel=rgb',
      '/view?filename=a.png&type=input&preview=webp',
      '/view?filename=a.png&type=input&subfolder=',
      '/history',
      '/',
    ]
    for (const path of elsewhere) {
      expect([path, await statusOf(`${path}${path.includes('?') ? '&' : '?'}ticket=${ticket}`)]).toEqual([path, 401])
    }
    const post = await ask(world, 'POST', `${picture}&ticket=${ticket}`, { body: '' })
    expect(post.status).toBe(401)
    expect(await opens(`/ws?ticket=${ticket}`)).toBe(401)
    const ofBob = await toView(bearer(world.bob.key))
    expect(await statusOf(ofBob.url)).toBe(404)
  })

  it('opens no page', async () => {
    const { url } = await toView(bearer(world.alice.key))
    const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }
    const reply = await ask(world, 'GET', url, { headers: page })
    expect(reply.status).toBe(302)
    expect(reply.headers.location).not.toContain('ght_')
  })

  it('is made for pictures only', async () => {
    const targets = [
      '/history',
      '/userdata/x.json',
      'view?filename=a.png',
      '/view',
      '//view?filename=a.png',
      '/view/../history',
      '/view?filename=a.png&token=x',
      `${world.address}/view?filename=a.png`,
      '/view#x',
      '/view?a=1&a=2',
      '/VIEW?filename=a.png',
    ]
    for (const target of targets) {
      const reply = await ask(world, 'POST', `${api}/tickets`, {
        headers: { 'content-type': 'application/json', ...bearer(world.alice.key) },
        body: JSON.stringify({ purpose: 'view', target }),
      })
      // A picture without a name is one that is not there.
      if (target !== '/view') expect([target, reply.status]).toEqual([target, 400])
    }
    for (const body of ['{}', '{"purpose":"everything"}', '{"purpose":"view"}']) {
      const headers = { 'content-type': 'application/json', ...bearer(world.alice.key) }
      expect((await ask(world, 'POST', `${api}/tickets`, { headers, body })).status).toBe(400)
    }
  })
})

describe('any ticket', () => {
  let closeStore: () => Promise<void>
  let beside: ReturnType<typeof createStore>
  beforeEach(async () => {
    const database = await openDatabase(world.dataDir, { verify: false })
    beside = createStore({ db: database.db })
    closeStore = database.close
    return () => closeStore()
  })

  it('is used by one process only of two', async () => {
    const member = await world.store.users.findByName('alice')
    if (member === undefined) throw new Error('alice is not there')
    for (let round = 0; round < 20; round += 1) {
      const hash = `round-${round}`
      await world.store.tickets.add({
        ...{ hash, userId: member.id, purpose: 'websocket', target: null, method: 'api-key', credentialId: 'x' },
        ...{ provenAtMs: 0, endsAtMs: null, impersonatorId: null, scopes: null, workflow: null },
        ...{ createdAtMs: 0, expiresAtMs: Date.now() + 60_000 },
      })
      const used = await Promise.all([beside.tickets.use(hash), world.store.tickets.use(hash)])
      expect(used.toSorted()).toEqual([false, true])
    }
  })

  it('may do no more than the key behind it, and comes from where that may', async () => {
    const blind = await keyOf('alice', { scopes: ['prompt:run'] })
    const refused = await ask(world, 'POST', `${api}/tickets`, {
      headers: { 'content-type': 'application/json', ...bearer(blind.key) },
      body: JSON.stringify({ purpose: 'websocket' }),
    })
    expect([refused.status, codeOf(refused)]).toEqual([403, 'forbidden'])
    const local = await keyOf('alice', { addresses: ['127.0.0.1'] })
    const { url } = await toView(bearer(local.key))
    expect(await statusOf(url)).toBe(200)
  })

  it('with a credential of somebody else proves nobody', async () => {
    const { url } = await toView(bearer(world.alice.key))
    const reply = await ask(world, 'GET', url, { headers: bearer(world.bob.key) })
    expect([reply.status, codeOf(reply)]).toEqual([400, 'conflicting_credentials'])
    expect(parseRecord(parseRecord(JSON.parse(reply.body)).error).message).toContain('api-key and ticket')
  })

  it('is no part of what ComfyUI hears', async () => {
    const before = world.practice.requests.length
    const { url, ticket } = await toView(bearer(world.alice.key))
    expect(await statusOf(url)).toBe(200)
    const heard = world.practice.requests.slice(before)
    expect(heard.some((request) => request.url.startsWith('/view'))).toBe(true)
    for (const request of heard) expect(`${request.url} ${JSON.stringify(request.headers)}`).not.toContain(ticket)
  })
})

describe('the minute of a ticket', () => {
  const socket = { isUpgrade: true, path: '/ws' }

  it('passes', async () => {
    await using server = await startOwnServer()
    const member = await server.addUser('alice', 'user')
    const key = await server.addKey(member)
    const mint = async () => {
      const headers = { authorization: `Bearer ${key}` }
      const reply = await server.ask('POST', `${api}/tickets`, { headers, body: { purpose: 'websocket' } })
      return String(parseRecord(reply.json).ticket)
    }
    const proves = (ticket: string) => server.authenticate([], { ...socket, query: new Map([['ticket', ticket]]) })
    const [soon, late] = [await mint(), await mint()]
    server.clock.nowMs += 59_999
    expect(await proves(soon)).toMatchObject({ identity: { userId: member.id, method: 'ticket' }, proof: 'key' })
    server.clock.nowMs += 1
    await expect(proves(late)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('ends with a new password, a changed fixed key, and the session of a program', async () => {
    const fixed = { name: 'farm', key: 'a-fixed-key-of-the-operator-42', user: 'alice' }
    await using server = await startOwnServer({ staticKeys: [fixed] })
    await server.addUser('owner', 'owner')
    const member = await server.addUser('alice', 'user', alicePassword)
    const basic = `Basic ${Buffer.from(`alice:${alicePassword}`).toString('base64')}`
    const tokens = await server.ask('POST', `${api}/token`, { body: { username: 'alice', password: alicePassword } })
    const { access_token: access } = parseRecord(tokens.json)
    const ends: readonly (readonly [string, Headers, () => Promise<unknown>])[] = [
      ['a fixed key', { 'x-api-key': fixed.key }, async () => server.identity.replaceStaticKeys([])],
      ['a token', bearer(String(access)), async () => server.store.sessions.revokeAll(member.id)],
      ['a password', { authorization: basic }, async () => server.store.users.setPassword(member.id, 'x')],
    ]
    for (const [what, headers, end] of ends) {
      const mint = async () => {
        const reply = await server.ask('POST', `${api}/tickets`, { headers, body: { purpose: 'websocket' } })
        expect([what, reply.status]).toEqual([what, 201])
        return new Map([['ticket', String(parseRecord(reply.json).ticket)]])
      }
      const [one, other] = [await mint(), await mint()]
      expect(await server.authenticate([], { ...socket, query: one }), what).toMatchObject({ kind: 'identity' })
      server.clock.nowMs += 1
      await end()
      await expect(server.authenticate([], { ...socket, query: other }), what).rejects.toMatchObject({ status: 401 })
    }
  })
})
