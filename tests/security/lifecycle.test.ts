/**
 * Rights end: by log-out, by an administrator, by a changed password, by a lesser role. Whoever kept a copy of the
 * cookie, a key, a remembered Basic pair or an open socket must be a stranger within a second, on every lane, and many
 * hands at once must not get past a limit that one hand would meet (A09, A12, A13, A49).
 */
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { savedPicture } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import { alicePassword, bobPassword, createWorld, type World } from '../support/world.ts'
import { ask, logsIn, twins } from './ask.ts'

let world: World
beforeEach(async () => {
  world = await createWorld({ config: (config) => ({ ...config, limits: { ...config.limits, pending_jobs: 3 } }) })
})
afterEach(() => world[Symbol.asyncDispose]())

const basic = `Basic ${Buffer.from(`alice:${alicePassword}`).toString('base64')}`
const everywhere = [
  ...twins(['/history', '/queue', '/settings', '/view?filename=x.png']),
  '/gatehouse/api/v1/me',
  '/',
  '/extensions/core/x.js',
]

async function statuses(headers: Readonly<Record<string, string>>): Promise<readonly number[]> {
  return Promise.all(everywhere.map(async (path) => (await ask(world, 'GET', path, { headers })).status))
}

/** Waits until the sidecar has heard of it; wrong passwords soon meet the back-off. */
async function isStranger(headers: Readonly<Record<string, string>>): Promise<void> {
  await until(async () =>
    (await statuses(headers)).every((status) => status === 401 || status === 429) ? true : undefined,
  )
}

async function opens(headers: Readonly<Record<string, string>>): Promise<WebSocket> {
  const socket = new WebSocket(`${world.address.replace('http', 'ws')}/ws`, {
    headers: { origin: world.address, ...headers },
  })
  await once(socket, 'message')
  return socket
}

const idOf = async (name: string) => {
  const member = await world.store.users.findByName(name)
  if (member === undefined) throw new Error(`${name} is missing`)
  return member.id
}

describe('a log-out', () => {
  it('ends the cookie on every lane and the socket behind it, and leaves no more than a stranger has', async () => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    const other = await logsIn(world, 'alice', alicePassword)
    const socket = await opens({ cookie })
    const closed = once(socket, 'close')
    const reply = await ask(world, 'POST', '/gatehouse/api/v1/logout', {
      headers: { cookie, origin: world.address, host: new URL(world.address).host },
    })
    expect([reply.status, reply.headers['clear-site-data']]).toEqual([204, '"storage"'])
    expect((await closed)[0]).toBe(4401)
    expect(await statuses({ cookie })).toEqual(await statuses({}))
    await isStranger({ cookie })
    expect((await ask(world, 'GET', '/history', { headers: { cookie: other } })).status).toBe(200)
  })

  it('and a log-in gives a new id, whatever cookie the browser had before', async () => {
    const first = await logsIn(world, 'alice', alicePassword)
    const again = await ask(world, 'POST', '/gatehouse/api/v1/login', {
      headers: { cookie: first, 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'bob', password: bobPassword }),
    })
    expect(again.cookies[0]?.split(';')[0]).not.toBe(first)
    await isStranger({ cookie: first })
  })
})

describe('a disabled person', () => {
  it('is a stranger with every credential, and hears nothing any more', async () => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    expect((await ask(world, 'GET', '/history', { headers: { authorization: basic } })).status).toBe(200)
    const carried = [{ cookie }, { authorization: `Bearer ${world.alice.key}` }, { authorization: basic }]
    const sockets = await Promise.all(carried.map(opens))
    const closed = Promise.all(sockets.map((socket) => once(socket, 'close')))
    await world.store.users.setState(await idOf('alice'), 'disabled')
    expect((await closed).map(([code]) => code)).toEqual([4401, 4401, 4401])
    for (const headers of carried) await isStranger(headers)
  })
})

describe('a lesser role', () => {
  it('counts at once, for open sessions and keys too', async () => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    await world.store.users.setRole(await idOf('alice'), 'guest')
    for (const headers of [{ cookie }, { authorization: `Bearer ${world.alice.key}` }]) {
      await until(async () => {
        const { status } = await ask(world, 'POST', '/upload/image', {
          headers: { origin: world.address, host: new URL(world.address).host, ...headers },
        })
        return [401, 403].includes(status) ? true : undefined
      })
    }
  })
})

describe('a set-up', () => {
  it('is over once there is an owner, whatever token is sent, and says so to nobody who guesses', async () => {
    for (const token of ['', 'x', world.olga.key, 'a'.repeat(256)]) {
      const reply = await ask(world, 'POST', '/gatehouse/api/v1/setup', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token, username: 'second', password: 'indigo Barrel 8812' }),
      })
      expect([400, 403, 409, 410]).toContain(reply.status)
      expect(reply.cookies).toEqual([])
    }
    expect(await world.store.users.findByName('second')).toBeUndefined()
  })
})

describe('a limit', () => {
  it('is met by fifty submissions at once as by one after the other', async () => {
    world.practice.hold()
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) => world.alice.post('/prompt', { prompt: savedPicture(`race-${index}`) })),
    )
    const accepted = replies.filter(({ status }) => status === 200).length
    // One of them may have begun to run before the others were counted.
    expect(accepted).toBeGreaterThanOrEqual(3)
    expect(accepted).toBeLessThanOrEqual(4)
    expect((await world.bob.post('/prompt', { prompt: savedPicture('bob') })).status).toBe(200)
    world.practice.release()
  })
})
