/** Can support look with somebody else's eyes without a trace, without an end, or above its own rights? */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import {
  apiPath,
  cookieOf,
  field,
  codeOf as ownCode,
  alicePassword as ownPassword,
  startOwnServer,
} from '../identity/own-server.ts'
import { ask, codeOf, logsIn, pageOf } from '../security/ask.ts'
import { savedPicture } from '../support/graphs.ts'
import { parseRecord, until } from '../support/person.ts'
import { alicePassword, createWorld, type World } from '../support/world.ts'

const api = '/gatehouse/api/v1'
const password = 'copper Ferry 6620'
const json = { 'content-type': 'application/json' }
let world: World
beforeAll(async () => {
  world = await createWorld()
  const passwordHash = await createPasswords().hash(password)
  for (const [name, role] of [
    ['otto', 'owner'],
    ['adam', 'admin'],
  ] as const) {
    await world.store.users.add({ name, role, passwordHash, tenantName: 'operators' })
  }
})
afterAll(() => world[Symbol.asyncDispose]())

const by = (cookie: string, method: string, path: string, body?: unknown) =>
  ask(world, method, path, {
    headers: { cookie, ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const impersonate = (cookie: string, name: string) => by(cookie, 'POST', `${api}/users/${name}/impersonate`)

/** The cookie of a session in somebody's place. */
async function actsAs(name: string): Promise<string> {
  const reply = await impersonate(await logsIn(world, 'otto', password), name)
  const cookie = reply.cookies.find((one) => one.startsWith('gatehouse_'))?.split(';', 1)[0]
  if (reply.status !== 200 || cookie === undefined) throw new Error(`no impersonation: ${reply.status} ${reply.body}`)
  return cookie
}

const audited = (kind: string, name: string) =>
  until(async () => {
    const [row] = await world.store.audit.page({ from: { before: undefined }, limit: 1, kind, name })
    return row === undefined ? undefined : parseRecord(JSON.parse(row.event))
  })

describe('an owner in the place of somebody', () => {
  it('sees what they see, and every answer and list says who it is', async () => {
    const picture = await world.alice.queues(savedPicture('hers'))
    await picture.finishes()
    const cookie = await actsAs('alice')
    expect(JSON.parse((await by(cookie, 'GET', `${api}/me`)).body)).toMatchObject({
      user: 'alice',
      role: 'user',
      tenant: 'acme',
      impersonator: 'otto',
    })
    expect((await by(cookie, 'GET', `/history/${picture.id}`)).body).toContain(picture.id)
    const alice = await logsIn(world, 'alice', alicePassword)
    const sessions: unknown = JSON.parse((await by(alice, 'GET', `${api}/sessions`)).body)
    expect(sessions).toContainEqual(
      expect.objectContaining({ method: 'impersonation', impersonator: 'otto', address: '127.0.0.1', current: false }),
    )
    expect(await audited('impersonation.began', 'alice')).toMatchObject({
      actor: { name: 'otto' },
      target: 'alice',
      method: 'session',
    })
  })

  it('is written down under both names, in whatever they do', async () => {
    const cookie = await actsAs('alice')
    expect((await by(cookie, 'GET', `${api}/users`)).status).toBe(403)
    expect(await audited('access.refused', 'alice')).toMatchObject({
      actor: { name: 'alice' },
      impersonator: { name: 'otto' },
    })
    await by(cookie, 'POST', `${api}/logout`)
    expect(await audited('impersonation.ended', 'alice')).toMatchObject({ impersonator: { name: 'otto' } })
  })

  it('cannot change the password, keys or people, nor act for a third', async () => {
    const cookie = await actsAs('alice')
    const forbidden = [
      by(cookie, 'POST', `${api}/password`, { current: alicePassword, password: 'amber Lantern 4799' }),
      by(cookie, 'POST', `${api}/keys`, { label: 'mine' }),
      by(cookie, 'DELETE', `${api}/keys/${world.alice.key.split('_')[1]}`),
      by(cookie, 'DELETE', `${api}/sessions`),
      by(cookie, 'GET', `${api}/audit`),
      impersonate(cookie, 'bob'),
    ]
    for (const reply of await Promise.all(forbidden)) expect(codeOf(reply)).toBe('forbidden')
    const asAdam = await actsAs('adam')
    expect(codeOf(await by(asAdam, 'GET', `${api}/users`))).toBe('forbidden')
    const { permissions } = JSON.parse((await by(asAdam, 'GET', `${api}/me`)).body)
    expect(permissions).toContain('prompt:run')
    expect(permissions.filter((name: string) => /^(?:admin|manager):|^token:/.test(name))).toEqual([])
  })

  it('is a stranger again after the log-out: nothing of the own session is left', async () => {
    const own = await logsIn(world, 'otto', password)
    const reply = await impersonate(own, 'alice')
    const cookie = reply.cookies.find((one) => one.startsWith('gatehouse_'))?.split(';', 1)[0] ?? ''
    expect((await by(own, 'GET', `${api}/me`)).status).toBe(401)
    expect((await by(cookie, 'POST', `${api}/logout`)).status).toBe(204)
    expect((await by(cookie, 'GET', `${api}/me`)).status).toBe(401)
  })

  it('cannot go on in a page that was opened as oneself', async () => {
    const own = await logsIn(world, 'otto', password)
    const { page } = await pageOf(world, own)
    const cookie = await actsAs('alice')
    const answer = await ask(world, 'GET', '/queue', { headers: { cookie, 'x-gatehouse-page': page } })
    expect(answer.status).toBe(409)
  })
})

describe('nobody acts', () => {
  it('without the permission, which an administrator does not have', async () => {
    const adam = await logsIn(world, 'adam', password)
    for (const name of ['alice', 'otto', 'nobody-at-all']) {
      expect(codeOf(await impersonate(adam, name)), name).toBe('forbidden')
    }
  })

  it('with a key, for nobody, for themselves, or for somebody who is disabled', async () => {
    expect((await world.olga.post(`${api}/users/alice/impersonate`, {})).status).toBe(403)
    const otto = await logsIn(world, 'otto', password)
    expect(codeOf(await impersonate(otto, 'nobody-at-all'))).toBe('not_found')
    expect(codeOf(await impersonate(otto, 'OTTO'))).toBe('bad_input')
    await world.store.users.add({ name: 'dora', role: 'user', passwordHash: null, state: 'disabled' })
    expect(codeOf(await impersonate(otto, 'dora'))).toBe('not_found')
  })

  it('longer than the person who does: sockets and requests end with their rights', async () => {
    const passwordHash = await createPasswords().hash(password)
    const helper = await world.store.users.add({ name: 'hugo', role: 'owner', passwordHash })
    const reply = await impersonate(await logsIn(world, 'hugo', password), 'alice')
    const cookie = reply.cookies.find((one) => one.startsWith('gatehouse_'))?.split(';', 1)[0] ?? ''
    const socket = new WebSocket(`${world.address.replace('http', 'ws')}/ws`, {
      headers: { cookie, origin: world.address },
    })
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await world.store.users.setRole(helper.id, 'admin')
    await closed
    expect((await by(cookie, 'GET', `${api}/me`)).status).toBe(401)
  })
})

describe('time', () => {
  it('ends it after an hour, and lets nobody begin who proved themselves ten minutes ago', async () => {
    await using server = await startOwnServer()
    await server.addUser('otto', 'owner')
    await server.addUser('alice', 'user')
    const begin = async () => {
      const own = await server.logIn('otto', ownPassword)
      return { own, begun: () => server.ask('POST', `${apiPath}/users/alice/impersonate`, { cookie: own, body: {} }) }
    }
    const late = await begin()
    server.clock.nowMs += 10 * 60_000 + 1
    expect(ownCode(await late.begun())).toBe('proof_too_old')
    const reply = await (await begin()).begun()
    expect(field(reply, 'impersonator')).toBe('otto')
    const cookie = cookieOf(reply)
    server.clock.nowMs += 60 * 60_000 - 1
    expect((await server.ask('GET', `${apiPath}/me`, { cookie })).status).toBe(200)
    server.clock.nowMs += 1
    expect((await server.ask('GET', `${apiPath}/me`, { cookie })).status).toBe(401)
  })
})
