/** What does somebody gain who sits at a desk that its person walked away from, or found their cookie? Nothing that asks again. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { enrolByName } from './factors.ts'
import { alicePassword, apiPath, codeOf, cookieOf, field, type OwnServer, startOwnServer } from './own-server.ts'

const nextPassword = 'seven lanterns by the quay'

let server: OwnServer
beforeEach(async () => {
  server = await startOwnServer()
  await server.addUser('alice', 'user')
})
afterEach(() => server[Symbol.asyncDispose]())

const ask = (method: string, path: string, cookie: string, body?: object) =>
  server.ask(method, `${apiPath}${path}`, { cookie, ...(body === undefined ? {} : { body }) })
const later = () => {
  server.clock.nowMs += 11 * 60_000
}
const changePassword = (cookie: string) =>
  ask('POST', '/password', cookie, { current: alicePassword, password: nextPassword })

describe('another password', () => {
  it('is no proof of the second factor, for whoever knows the old one', async () => {
    const { cookie } = await enrolByName(server, 'alice')
    const [before] = await server.store.sessions.list()
    later()
    const changed = await changePassword(cookie)
    expect(changed.status).toBe(200)
    const renewed = cookieOf(changed)
    expect(codeOf(await ask('POST', '/keys', renewed, { label: 'mine' }))).toBe('proof_too_old')
    expect(codeOf(await ask('POST', '/factors/recovery-codes', renewed, {}))).toBe('proof_too_old')
    const [after] = await server.store.sessions.list()
    expect(after).toMatchObject({ factor: 'totp', provenAtMs: before?.provenAtMs, expiresAtMs: before?.expiresAtMs })
    expect(after?.hash).not.toBe(before?.hash)
  })

  it('is a proof of who has nothing but a password', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    later()
    expect((await ask('POST', '/keys', cookieOf(await changePassword(cookie)), { label: 'mine' })).status).toBe(201)
  })
})

describe('a browser that knows the account', () => {
  it('gives nobody as many tries at the second factor as they have such browsers made', async () => {
    const { cookie } = await enrolByName(server, 'alice')
    const codes: unknown[] = []
    for (let count = 0; count < 30; count += 1) {
      // Without the cookie that says so it is a new one each time.
      const known = knownBy(await ask('GET', '/me', cookie))
      codes.push(codeOf(await ask('POST', '/elevate', `${cookie}; ${known}`, { code: '000000' })))
    }
    expect(new Set(codes.slice(0, 10))).toEqual(new Set(['bad_input']))
    // Every second or so one more is judged.
    expect(codes.filter((code) => code === 'bad_input').length).toBeLessThan(20)
    expect(codes).toContain('too_many_attempts')
  })

  it('is none in which a key of theirs, or somebody in their place, was', async () => {
    const alice = await server.store.users.findByName('alice')
    const apiKey = alice === undefined ? '' : await server.addKey(alice)
    await server.addUser('olga', 'owner')
    const olga = await server.logIn('olga', alicePassword)
    const byKey = cookieOf(await server.ask('POST', `${apiPath}/login`, { body: { apiKey } }))
    const inPlace = cookieOf(await ask('POST', '/users/alice/impersonate', olga, {}))
    for (const cookie of [byKey, inPlace]) {
      const me = await ask('GET', '/me', cookie)
      expect([field(me, 'user'), knownBy(me)]).toEqual(['alice', ''])
    }
    expect(knownBy(await ask('GET', '/me', await server.logIn('alice', alicePassword)))).not.toBe('')
  })
})

describe('a session that ends while somebody proves more in it', () => {
  it.each([
    ['/elevate', { password: alicePassword }],
    ['/password', { current: alicePassword, password: nextPassword }],
  ])('is not opened anew by %s', async (path, proof) => {
    const cookie = await server.logIn('alice', alicePassword)
    const { revoke } = server.store.sessions
    Object.assign(server.store.sessions, {
      revoke: async (...[hash, jobs]: Parameters<typeof revoke>) => {
        await revoke(hash)
        return revoke(hash, jobs)
      },
    })
    expect(codeOf(await ask('POST', path, cookie, proof))).toBe('unauthenticated')
    expect(await server.store.sessions.list()).toEqual([])
  })
})

/** `name=value` of the cookie that says so. */
function knownBy({ headers }: { readonly headers: { readonly 'set-cookie'?: string[] | undefined } }): string {
  return headers['set-cookie']?.find((line) => line.includes('known'))?.split(';', 1)[0] ?? ''
}
