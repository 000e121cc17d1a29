/** Do sessions, pages and tokens outlive the secrets behind them for as long as the operator said, and no longer? */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { runSecretCommand } from '../../sidecar/src/cli/secret-command.ts'
import {
  apiPath,
  cookieOf,
  type OwnServer,
  alicePassword as ownPassword,
  startOwnServer,
} from '../identity/own-server.ts'
import { ask, logsIn, type Reply } from '../security/ask.ts'
import { until } from '../support/person.ts'
import { alicePassword, bobPassword, createWorld, type World } from '../support/world.ts'

const api = '/gatehouse/api/v1'
const hourMs = 60 * 60_000

describe('a running sidecar', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const me = (cookie: string, headers = {}) => ask(world, 'GET', `${api}/me`, { headers: { cookie, ...headers } })
  const setBy = ({ cookies }: Reply) => cookies.find((cookie) => cookie.startsWith('gatehouse_'))

  /** Until a new log-in is signed by another secret than `cookie`, as another process wrote it. */
  const follows = (cookie: string) => until(async () => (setBy(await me(cookie)) === undefined ? undefined : true))

  it('signs with the new secret, knows the old one, and gives open sessions a new signature', async () => {
    const old = await logsIn(world, 'alice', alicePassword)
    expect(setBy(await me(old))).toBeUndefined()
    await world.store.secrets.rotate('cookie', hourMs)
    await follows(old)
    const answer = await me(old)
    const renewed = setBy(answer) ?? ''
    expect(renewed).toMatch(/^gatehouse_\w+=s%3A.*; Path=\/; HttpOnly; SameSite=Strict$/)
    const cookie = renewed.split(';', 1)[0] ?? ''
    expect(cookie.split('.')[0]).toBe(old.split('.')[0])
    expect(cookie).not.toBe(old)
    expect((await me(cookie)).status).toBe(200)
    expect(setBy(await me(cookie))).toBeUndefined()
    expect((await ask(world, 'GET', '/queue', { headers: { cookie: old } })).status).toBe(200)
    await world.store.secrets.rotate('cookie', 0)
    await until(async () => ((await me(old)).status === 401 ? true : undefined))
    // Two rotations later: what was signed between them is older than what counts, too.
    expect((await me(cookie)).status).toBe(401)
  })

  it('keeps pages open over a rotation of what binds them', async () => {
    const cookie = await logsIn(world, 'bob', bobPassword)
    const before = JSON.parse((await me(cookie)).body)
    await world.store.secrets.rotate('page', hourMs)
    await world.store.secrets.rotate('csrf', hourMs)
    const after = await until(async () => {
      const { page, csrf } = JSON.parse((await me(cookie)).body)
      return page !== before.page && csrf !== before.csrf ? { page, csrf } : undefined
    })
    for (const binding of [before, after]) {
      expect((await me(cookie, { 'x-gatehouse-page': binding.page })).status).toBe(200)
      expect((await me(cookie, { 'x-gatehouse-csrf': binding.csrf })).status).toBe(200)
    }
    await world.store.secrets.rotate('csrf', 0)
    await until(async () => ((await me(cookie, { 'x-gatehouse-csrf': before.csrf })).status === 403 ? true : undefined))
  })

  it('ends sessions with their sockets when they are ended with the secret', async () => {
    const cookie = await logsIn(world, 'bob', bobPassword)
    const socket = new WebSocket(`${world.address.replace('http', 'ws')}/ws`, {
      headers: { cookie, origin: world.address },
    })
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const { store } = world
    let said = ''
    const stdout = { write: (text: string) => (said += text) }
    await runSecretCommand(['rotate', 'cookie', '--now'], { store, stdout, audit: async () => undefined })
    await closed
    expect(said).toMatch(/\d+ sessions? ha(?:s|ve) ended\./)
    expect((await me(cookie)).status).toBe(401)
  })
})

describe('an overlap', () => {
  let server: OwnServer
  beforeAll(async () => {
    server = await startOwnServer()
    await server.addUser('alice', 'user')
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('ends when it was said to, also where nobody reads the store again', async () => {
    const old = await server.logIn('alice', ownPassword, { remember: true })
    await server.store.secrets.rotate('cookie', hourMs)
    await until(async () =>
      (await server.ask('GET', `${apiPath}/me`, { cookie: old })).headers['set-cookie'] ? true : undefined,
    )
    server.clock.nowMs += hourMs - 1
    const renewed = await server.ask('GET', `${apiPath}/me`, { cookie: old })
    expect(renewed.status).toBe(200)
    expect(renewed.headers['set-cookie']?.[0]).toMatch(/Max-Age=\d{6,}/)
    server.clock.nowMs += 1
    expect((await server.ask('GET', `${apiPath}/me`, { cookie: old })).status).toBe(401)
    expect((await server.ask('GET', `${apiPath}/me`, { cookie: cookieOf(renewed) })).status).toBe(200)
  })
})
