/** Does what could do lasting harm ask for a proof of the last ten minutes, and does proving again give just that? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { codeAt } from '../support/one-time-code.ts'
import { parseRecord } from '../support/person.ts'
import { enrolByName, stepMs } from './factors.ts'
import { alicePassword, apiPath, codeOf, cookieOf, field, type OwnServer, startOwnServer } from './own-server.ts'

let server: OwnServer
beforeEach(async () => {
  server = await startOwnServer()
  await server.addUser('olga', 'owner')
  await server.addUser('bob', 'user')
})
afterEach(() => server[Symbol.asyncDispose]())

const ask = (method: string, path: string, cookie: string, body?: object) =>
  server.ask(method, `${apiPath}${path}`, { cookie, ...(body === undefined ? {} : { body }) })
const later = () => {
  server.clock.nowMs += 11 * 60_000
}

const dangerous: [method: string, path: string, body: object | undefined][] = [
  ['POST', '/users', { username: 'carol', role: 'user' }],
  ['PATCH', '/users/bob', { role: 'power' }],
  ['DELETE', '/users/bob', undefined],
  ['DELETE', '/users/bob/factors', undefined],
  ['POST', '/users/bob/impersonate', undefined],
  ['POST', '/invitations', { role: 'user' }],
  ['POST', '/keys', { label: 'mine' }],
  ['DELETE', '/sessions?user=bob', undefined],
  ['GET', '/audit', undefined],
  ['POST', '/factors/totp', {}],
]

describe.each(dangerous)('%s %s', (method, path, body) => {
  it('is refused eleven minutes after the log-in, and done after the password was given again', async () => {
    await server.logIn('bob', alicePassword)
    const cookie = await server.logIn('olga', alicePassword)
    later()
    const refused = await ask(method, path, cookie, body)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'proof_too_old'])
    const proven = cookieOf(await ask('POST', '/elevate', cookie, { password: alicePassword }))
    expect((await ask(method, path, proven, body)).status).toBeLessThan(300)
  })
})

describe('ending somebody else', () => {
  it.each(['keys', 'sessions'])('by one of their %s asks for a proof of the last ten minutes', async (what) => {
    const bob = await server.store.users.findByName('bob')
    if (bob !== undefined) await server.addKey(bob)
    const bobs = await server.logIn('bob', alicePassword)
    const cookie = await server.logIn('olga', alicePassword)
    later()
    const list = (await ask('GET', `/${what}?user=bob`, cookie)).json
    const id = String(parseRecord(Array.isArray(list) ? list[0] : undefined).id)
    expect(codeOf(await ask('DELETE', `/${what}/${id}`, cookie))).toBe('proof_too_old')
    expect((await ask('GET', '/me', bobs)).status).toBe(200)
    expect((await ask('DELETE', `/${what}/${id}`, bobs)).status).toBe(204)
  })
})

describe('proving again', () => {
  it('gives the session a new id, and the old one is over', async () => {
    const cookie = await server.logIn('olga', alicePassword)
    const reply = await ask('POST', '/elevate', cookie, { password: alicePassword })
    expect([reply.status, field(reply, 'user')]).toEqual([200, 'olga'])
    expect(cookieOf(reply)).not.toBe(cookie)
    expect((await ask('GET', '/me', cookie)).status).toBe(401)
    expect((await ask('GET', '/me', cookieOf(reply))).status).toBe(200)
    expect(server.audited.map(({ kind }) => kind)).toContain('session.elevated')
    expect(server.audited.filter(({ kind }) => kind === 'login.succeeded')).toHaveLength(1)
  })

  it('keeps how the session was opened, and makes it last no longer', async () => {
    const cookie = await server.logIn('olga', alicePassword, { remember: true })
    const [before] = await server.store.sessions.list()
    later()
    await ask('POST', '/elevate', cookie, { password: alicePassword })
    const [after] = await server.store.sessions.list()
    const { remember, method, expiresAtMs } = before ?? {}
    expect(after).toMatchObject({ remember, method, expiresAtMs, provenAtMs: server.clock.nowMs })
  })

  it('takes no wrong password, and no password of somebody else', async () => {
    await server.addUser('ann', 'user', 'another long password')
    const cookie = await server.logIn('olga', alicePassword)
    for (const password of ['wrong', 'another long password']) {
      const reply = await ask('POST', '/elevate', cookie, { password })
      expect([reply.status, codeOf(reply)]).toEqual([400, 'bad_input'])
    }
    expect((await ask('GET', '/me', cookie)).status).toBe(200)
  })

  it('takes the factor, not the password, of whoever has one', async () => {
    const { cookie, nextCode } = await enrolByName(server, 'olga')
    expect(codeOf(await ask('POST', '/elevate', cookie, { password: alicePassword }))).toBe('second_factor_needed')
    expect(codeOf(await ask('POST', '/elevate', cookie, { password: alicePassword, code: '000000' }))).toBe('bad_input')
    expect((await ask('POST', '/elevate', cookie, { code: nextCode() })).status).toBe(200)
  })

  it('takes no code of somebody who has no factor', async () => {
    const cookie = await server.logIn('olga', alicePassword)
    expect(codeOf(await ask('POST', '/elevate', cookie, { code: '000000' }))).toBe('bad_input')
  })

  it('is nothing for a key, or for a session that a key opened', async () => {
    const olga = await server.store.users.findByName('olga')
    const key = olga === undefined ? '' : await server.addKey(olga)
    const headers = { authorization: `Bearer ${key}` }
    const body = { password: alicePassword }
    expect(codeOf(await server.ask('POST', `${apiPath}/elevate`, { headers, body }))).toBe('forbidden')
    const cookie = cookieOf(await server.ask('POST', `${apiPath}/login`, { body: { apiKey: key } }))
    expect(codeOf(await ask('POST', '/elevate', cookie, body))).toBe('forbidden')
  })

  it('lets nobody change factors in a session that did not prove the one there is, until it does', async () => {
    const olga = await server.store.users.findByName('olga')
    const cookie = await server.logIn('olga', alicePassword)
    const key = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
    if (olga === undefined) throw new Error('olga is not there')
    const factor = { userId: olga.id, kind: 'totp', label: '', createdAtMs: 0, data: key, counter: 0 } as const
    const { id } = await server.store.secondFactors.add(factor)
    expect(codeOf(await ask('DELETE', `/factors/${id}`, cookie))).toBe('second_factor_required')
    expect(codeOf(await ask('POST', '/factors/recovery-codes', cookie, {}))).toBe('second_factor_required')
    const code = codeAt(key, server.clock.nowMs + stepMs)
    const proven = cookieOf(await ask('POST', '/elevate', cookie, { code }))
    expect((await ask('DELETE', `/factors/${id}`, proven)).status).toBe(204)
  })
})

describe('a role that needs a second factor', () => {
  it('may do nothing in a session without one but come by one, and everything with it', async () => {
    const cookie = await server.logIn('olga', alicePassword)
    server.rolesWithFactor.add('owner')
    const me = await ask('GET', '/me', cookie)
    expect(me.json).toMatchObject({ permissions: [], needsFactor: true })
    for (const path of ['/users', '/keys', '/sessions', '/queue', '/identities', '/audit']) {
      const reply = await ask('GET', path, cookie)
      expect([path, reply.status, codeOf(reply)]).toEqual([path, 403, 'second_factor_required'])
    }
    const { cookie: proven } = await enrolByName(server, 'olga')
    expect((await ask('GET', '/users', proven)).status).toBe(200)
    expect(field(await ask('GET', '/me', proven), 'needsFactor')).toBeUndefined()
    expect((await ask('POST', '/logout', proven)).status).toBe(204)
  })

  it('never loses its last factor, and loses the one before', async () => {
    server.rolesWithFactor.add('owner')
    const { cookie } = await enrolByName(server, 'olga')
    const key = String(field(await ask('POST', '/factors/totp', cookie, {}), 'key'))
    const code = codeAt(key, server.clock.nowMs)
    const proven = cookieOf(await ask('POST', '/factors/totp/confirm', cookie, { code }))
    const list = field(await ask('GET', '/factors', proven), 'factors')
    const ids = Array.isArray(list) ? list.map((one) => String(parseRecord(one).id)) : []
    expect((await ask('DELETE', `/factors/${ids[0]}`, proven)).status).toBe(204)
    expect(codeOf(await ask('DELETE', `/factors/${ids[1]}`, proven))).toBe('last_factor')
  })

  it('is nothing for Basic and for tokens had with a password, and goes on with its keys', async () => {
    const olga = await server.store.users.findByName('olga')
    const key = olga === undefined ? '' : await server.addKey(olga)
    const body = { username: 'olga', password: alicePassword }
    const token = String(field(await server.ask('POST', `${apiPath}/token`, { body }), 'access_token'))
    server.rolesWithFactor.add('owner')
    const basic = `Basic ${Buffer.from(`olga:${alicePassword}`).toString('base64')}`
    for (const authorization of [basic, `Bearer ${token}`]) {
      const reply = await server.ask('GET', `${apiPath}/queue`, { headers: { authorization } })
      expect(codeOf(reply)).toBe('second_factor_required')
    }
    expect((await server.ask('GET', `${apiPath}/queue`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(
      200,
    )
  })
})
