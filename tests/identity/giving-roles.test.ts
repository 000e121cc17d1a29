/** Can an administrator come by more than their own role through a role of the configuration, by giving it or by acting on who has it? */
import { parseRole } from '@gatehouse/shared/roles'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { api, codeOf, peerAt, type Reply } from './peer.ts'

const password = 'seven lanterns by the quay'
/** A user who may install, which no administrator may. */
const yaml = 'roles: { technician: { like: user, may: [manager:install] }, artist: { like: user, may: [worker:free] } }'

let site: Configured
beforeAll(async () => {
  site = await startConfigured(yaml)
  const passwordHash = await createPasswords().hash(password)
  const people = { ada: 'admin', olga: 'owner', tim: 'technician', uma: 'user' }
  for (const [name, role] of Object.entries(people)) {
    await site.store.users.add({ name, role: parseRole(role) ?? 'guest', passwordHash })
  }
})
afterAll(() => site[Symbol.asyncDispose]())

type Ask = (method: string, path: string, body?: object) => Promise<Reply>

/** In a session of their own. */
async function as(username: string): Promise<Ask> {
  const here = peerAt('127.0.0.1', site)
  const login = await here.ask(`${api}/login`, { method: 'POST', body: { username, password } })
  const [cookie = ''] = [login.headers['set-cookie'] ?? []].flat()
  const headers = ['Cookie', cookie.split(';', 1)[0] ?? '']
  return (method, path, body) => here.ask(api + path, { method, headers, ...(body === undefined ? {} : { body }) })
}

const shape = z.array(z.object({ name: z.string(), mayGive: z.boolean() }))
const givenBy = async (ask: Ask) =>
  shape.parse(JSON.parse((await ask('GET', '/roles')).text)).flatMap(({ name, mayGive }) => (mayGive ? [name] : []))

it('gives no role that holds what the giver lacks, whichever way', async () => {
  const ask = await as('ada')
  for (const [method, path, body] of [
    ['POST', '/users', { username: 'eve', role: 'technician', password }],
    ['PATCH', '/users/uma', { role: 'technician' }],
    ['POST', '/invitations', { role: 'technician' }],
  ] as const) {
    expect(codeOf(await ask(method, path, body)), `${method} ${path}`).toBe('forbidden')
  }
  expect(await site.store.users.findByName('eve')).toBeUndefined()
  expect(await site.store.users.findByName('uma')).toMatchObject({ role: 'user' })
  expect((await ask('PATCH', '/users/uma', { role: 'artist' })).status).toBe(200)
})

it('lets nobody take over, lock out or join whoever holds more', async () => {
  const ask = await as('ada')
  for (const [method, path, body] of [
    ['PATCH', '/users/tim', { password: 'another one of mine' }],
    ['PATCH', '/users/tim', { state: 'disabled' }],
    ['PATCH', '/users/tim', { role: 'guest' }],
    ['DELETE', '/users/tim'],
    ['DELETE', '/users/tim/factors'],
    ['DELETE', '/sessions?user=tim'],
    ['POST', '/users', { username: 'eve', role: 'user', tenant: 'tim', password }],
    ['POST', '/invitations', { role: 'user', tenant: 'tim' }],
  ] as const) {
    expect(codeOf(await ask(method, path, body)), `${method} ${path}`).toBe('forbidden')
  }
  expect(await site.store.users.findByName('tim')).toMatchObject({ role: 'technician', state: 'active' })
})

it('tells the page so, and lets an owner give them', async () => {
  expect(await givenBy(await as('ada'))).toEqual(['power', 'user', 'guest', 'artist'])
  const owner = await as('olga')
  expect(await givenBy(owner)).toEqual(['owner', 'admin', 'power', 'user', 'guest', 'technician', 'artist'])
  expect((await owner('PATCH', '/users/uma', { role: 'technician' })).status).toBe(200)
})
