/** Does a role of the configuration that administers reach anybody who may do what it may not? By no door. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import type { Member } from '../../sidecar/src/store/store.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { api, codeOf, type Peer, peerAt } from './peer.ts'

/** `power` may publish workflows and free the worker, too. */
const yaml = 'roles: { clerk: { like: user, may: [admin:users, users:read] } }'
const password = 'seven lanterns by the quay'

let site: Configured
let desk: Peer
let cookie: string
let paula: Member
let key: string
let session: string
beforeAll(async () => {
  site = await startConfigured(yaml)
  desk = peerAt('127.0.0.1', site)
  const passwordHash = await createPasswords().hash(password)
  const add = (name: string, role: string) =>
    site.store.users.add({ name, role: parse(role), passwordHash, tenantName: name })
  await add('carl', 'clerk')
  paula = await add('paula', 'power')
  await add('ulla', 'user')
  const { id, secretHash } = mintApiKey()
  await site.store.apiKeys.add({ id, userId: paula.id, label: 'test', secretHash, expiresAtMs: null })
  key = id
  await logIn('paula')
  session = (await site.store.sessions.list(paula.id))[0]?.id ?? ''
  cookie = await logIn('carl')
})
afterAll(() => site[Symbol.asyncDispose]())

const parse = (role: string): Member['role'] => role as Member['role']
const ask = (method: string, path: string, body?: object, as = cookie) =>
  desk.ask(`${api}${path}`, {
    method,
    headers: ['Origin', site.address, 'Cookie', as],
    ...(body === undefined ? {} : { body }),
  })

async function logIn(username: string): Promise<string> {
  const answer = await fetch(`${site.address}${api}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
  return answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
}

it.each([
  ['POST', '/users', { username: 'mallory', role: 'power' }],
  ['POST', '/users', { username: 'mallory', role: 'clerk' }],
  ['POST', '/users', { username: 'mallory', role: 'user', tenant: 'paula' }],
  ['PATCH', '/users/ulla', { role: 'power' }],
  ['PATCH', '/users/carl', { role: 'power' }],
  ['PATCH', '/users/paula', { password: 'a green bicycle uphill' }],
  ['PATCH', '/users/paula', { state: 'disabled' }],
  ['DELETE', '/users/paula', undefined],
  ['DELETE', '/users/paula/factors', undefined],
  ['POST', '/users/ulla/impersonate', {}],
  ['POST', '/invitations', { role: 'power' }],
  ['POST', '/invitations', { role: 'user', tenant: 'paula' }],
  ['GET', '/keys?user=paula', undefined],
  ['GET', '/sessions?user=paula', undefined],
  ['DELETE', '/sessions?user=paula', undefined],
] as const)('%s %s is refused', async (method, path, body) => {
  const reply = await ask(method, path, body)
  expect([reply.status, codeOf(reply)]).toEqual([403, 'forbidden'])
})

it('keys and sessions of somebody who may more are as if they did not exist', async () => {
  for (const [path, missing] of [
    [`/keys/${key}`, '/keys/aaaaaaaaaaaa'],
    [`/sessions/${session}`, '/sessions/aaaaaaaaaaaa'],
  ] as const) {
    const [reply, none] = [await ask('DELETE', path), await ask('DELETE', missing)]
    expect([path, reply.status, codeOf(reply)]).toEqual([path, 404, codeOf(none)])
  }
  expect(await site.store.apiKeys.list(paula.id)).toHaveLength(1)
  expect(await site.store.sessions.list(paula.id)).toHaveLength(1)
})

it('and of who may no more they are theirs to end', async () => {
  const ulla = await logIn('ulla')
  expect((await ask('DELETE', '/sessions?user=ulla')).status).toBe(204)
  expect((await ask('GET', '/me', undefined, ulla)).status).toBe(401)
  expect((await ask('PATCH', '/users/ulla', { state: 'disabled' })).status).toBe(200)
})
