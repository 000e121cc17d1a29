/** Can strangers ask for an account without learning who has one, and do nothing before somebody approved it? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { alicePassword, apiPath, codeOf, field, type OwnServer, type Reply, startOwnServer } from './own-server.ts'

const password = 'seven lanterns by the quay'

let server: OwnServer
beforeEach(async () => {
  server = await startOwnServer()
  server.registration = { mode: 'approval', role: 'user', waitingCount: 3 }
  await server.addUser('adam', 'admin')
})
afterEach(() => server[Symbol.asyncDispose]())

const register = (username: string, address = '192.0.2.7', chosen = password) =>
  server.ask('POST', `${apiPath}/register`, {
    body: { username, password: chosen },
    headers: { 'x-test-address': address },
  })
const logIn = (username: string, chosen = password) =>
  server.ask('POST', `${apiPath}/login`, { body: { username, password: chosen } })
const basic = (text: string) => ['Authorization', `Basic ${Buffer.from(text).toString('base64')}`]

/** All that somebody can see of an answer. */
const seen = ({ status, headers, text }: Reply) => ({ status, text, headers: { ...headers, date: '' } })

describe('somebody who asks for an account', () => {
  it('waits, and comes in once an administrator approved it', async () => {
    expect((await register('Nora')).status).toBe(202)
    const cookie = await server.logIn('adam', alicePassword)
    const listed = await server.ask('GET', `${apiPath}/users`, { cookie })
    expect(listed.json).toContainEqual(expect.objectContaining({ name: 'nora', state: 'pending', role: 'user' }))
    expect(codeOf(await logIn('nora'))).toBe('approval_pending')
    const approved = await server.ask('PATCH', `${apiPath}/users/nora`, { cookie, body: { state: 'active' } })
    expect(field(approved, 'state')).toBe('active')
    expect((await logIn('nora')).status).toBe(200)
    const kinds = server.audited.map(({ kind, detail }) => [kind, detail])
    expect(kinds).toContainEqual(['user.registered', { outcome: 'waiting' }])
    expect(kinds).toContainEqual(['user.changed', { state: 'pending -> active' }])
  })

  it('is told that they wait after the right password only, and can do nothing meanwhile', async () => {
    await register('nora')
    const wrong = await logIn('nora', 'a wrong guess of mine')
    expect(seen(wrong)).toEqual(seen(await logIn('nobody', 'a wrong guess of mine')))
    expect((await logIn('nora')).headers['set-cookie']).toBeUndefined()
    await expect(server.authenticate(basic(`nora:${password}`))).rejects.toMatchObject({ code: 'approval_pending' })
    const token = await server.ask('POST', `${apiPath}/token`, { body: { username: 'nora', password } })
    expect(codeOf(token)).toBe('approval_pending')
    const member = await server.store.users.findByName('nora')
    if (member === undefined) throw new Error('no nora')
    const key = await server.addKey(member)
    expect((await server.ask('GET', `${apiPath}/me`, { headers: { 'x-api-key': key } })).status).toBe(401)
    expect((await server.ask('POST', `${apiPath}/login`, { body: { apiKey: key } })).status).toBe(401)
  })

  it('gets the same answer for a name that is taken, that waits already, and that is free', async () => {
    const free = seen(await register('nora', '192.0.2.1'))
    expect(seen(await register('adam', '192.0.2.2'))).toEqual(free)
    expect(seen(await register('nora', '192.0.2.3'))).toEqual(free)
    expect((await logIn('adam', alicePassword)).status).toBe(200)
    expect(codeOf(await logIn('adam'))).toBe('bad_credentials')
    expect(await server.store.users.list()).toHaveLength(2)
  })

  it('gets it as well when too many wait, of whom nobody is added', async () => {
    const free = seen(await register('n1', '192.0.2.1'))
    for (const name of ['n2', 'n3']) await register(name, '192.0.2.2')
    expect(seen(await register('n4', '192.0.2.3'))).toEqual(free)
    expect(seen(await register('adam', '192.0.2.4'))).toEqual(free)
    const waiting = (await server.store.users.list()).filter(({ state }) => state === 'pending')
    expect(waiting.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3'])
    expect(server.audited).toContainEqual(
      expect.objectContaining({ kind: 'user.registered', target: 'n4', detail: { outcome: 'too many wait' } }),
    )
  })

  it('is refused by removing the account, and may ask again', async () => {
    await register('nora')
    const cookie = await server.logIn('adam', alicePassword)
    expect((await server.ask('DELETE', `${apiPath}/users/nora`, { cookie })).status).toBe(204)
    expect(codeOf(await logIn('nora'))).toBe('bad_credentials')
    await register('nora')
    expect(codeOf(await logIn('nora'))).toBe('approval_pending')
  })

  it('waits longer and longer from one address, and keeps nobody else waiting', async () => {
    const statuses: number[] = []
    for (let count = 0; count < 8; count += 1) statuses.push((await register('adam', '198.51.100.1')).status)
    expect(statuses.slice(0, 5)).toEqual([202, 202, 202, 202, 202])
    expect(statuses.at(-1)).toBe(429)
    expect((await register('nora', '198.51.100.2')).status).toBe(202)
  })

  it('is told what is wrong with a name or a password, whoever has the name', async () => {
    expect(codeOf(await register('adam', '192.0.2.1', 'password'))).toBe('weak_password')
    expect(codeOf(await register('nora', '192.0.2.1', 'password'))).toBe('weak_password')
    expect(codeOf(await register(' '))).toBe('bad_input')
  })

  it.each(['off', 'invite'] as const)('is sent away while auth.registration is %s', async (mode) => {
    server.registration = { ...server.registration, mode }
    expect(codeOf(await register('nora'))).toBe('forbidden')
    expect((await server.ask('GET', `${apiPath}/login-options`)).json).toMatchObject({ registration: false })
    server.registration = { ...server.registration, mode: 'approval' }
    expect((await server.ask('GET', `${apiPath}/login-options`)).json).toMatchObject({ registration: true })
  })
})
