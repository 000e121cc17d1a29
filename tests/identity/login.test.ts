/** Does logging in open exactly one person's session, and tell a guesser nothing? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { alicePassword, apiPath, codeOf, cookieOf, field, type OwnServer, startOwnServer } from './own-server.ts'

let server: OwnServer
beforeEach(async () => {
  server = await startOwnServer()
})
afterEach(() => server[Symbol.asyncDispose]())

const login = (body: unknown, headers: Record<string, string> = {}, cookie?: string) =>
  server.ask('POST', `${apiPath}/login`, { body, headers, cookie })

describe('a log-in', () => {
  it('opens a session that the own API and the raw lane both know', async () => {
    const alice = await server.addUser('alice', 'user')
    const reply = await login({ username: 'alice', password: alicePassword })
    expect(reply.status).toBe(200)
    expect(field(reply, 'user')).toBe('alice')
    const cookie = cookieOf(reply)
    const me = await server.ask('GET', `${apiPath}/me`, { cookie })
    expect(me.json).toEqual(reply.json)
    const proven = await server.authenticate(['Cookie', cookie])
    expect(proven).toMatchObject({
      kind: 'identity',
      identity: { userId: alice.id, method: 'session' },
      proof: 'person',
    })
  })

  it('sets a cookie that scripts, other sites and the next start of the browser do not get', async () => {
    await server.addUser('alice', 'user')
    const [cookie = ''] = (await login({ username: 'alice', password: alicePassword })).headers['set-cookie'] ?? []
    expect(cookie).toMatch(/^gatehouse_[a-z0-9]{8}=s%3A[^;]+; Path=\/; HttpOnly; SameSite=Strict$/)
  })

  it('is remembered for thirty days when asked to', async () => {
    await server.addUser('alice', 'user')
    const reply = await login({ username: 'alice', password: alicePassword, remember: true })
    const expires = /Expires=([^;]+)/.exec(reply.headers['set-cookie']?.[0] ?? '')?.[1] ?? ''
    const days = (Date.parse(expires) - server.clock.nowMs) / (24 * 60 * 60 * 1000)
    expect(days).toBeGreaterThan(29.9)
    expect(days).toBeLessThan(30.1)
  })

  it('works under the alias known from the field', async () => {
    await server.addUser('alice', 'user')
    const reply = await server.ask('POST', '/api/auth/login', { body: { username: 'ALICE ', password: alicePassword } })
    expect(field(reply, 'user')).toBe('alice')
  })

  it('takes an API key, whose end ends the session', async () => {
    const alice = await server.addUser('alice', 'user')
    const key = await server.addKey(alice)
    const cookie = cookieOf(await login({ apiKey: key }))
    expect((await server.ask('GET', `${apiPath}/me`, { cookie })).status).toBe(200)
    for (const { id } of await server.store.apiKeys.list(alice.id)) await server.store.apiKeys.revoke(id)
    expect((await server.ask('GET', `${apiPath}/me`, { cookie })).status).toBe(401)
  })

  it('never keeps a session id the browser brought along', async () => {
    await server.addUser('alice', 'user')
    const first = await server.logIn('alice', alicePassword)
    const second = cookieOf(await login({ username: 'alice', password: alicePassword }, {}, first))
    expect(second).not.toBe(first)
    expect((await server.ask('GET', `${apiPath}/me`, { cookie: first })).status).toBe(401)
    expect((await server.ask('GET', `${apiPath}/me`, { cookie: second })).status).toBe(200)
  })

  it('gives an own signed but unknown id no session under that id', async () => {
    const alice = await server.addUser('alice', 'user')
    const cookie = await server.logIn('alice', alicePassword)
    await server.store.sessions.revokeAll(alice.id)
    const fresh = cookieOf(await login({ username: 'alice', password: alicePassword }, {}, cookie))
    expect(fresh).not.toBe(cookie)
    expect((await server.ask('GET', `${apiPath}/me`, { cookie })).status).toBe(401)
  })
})

describe('a wrong log-in', () => {
  it('answers the same for a wrong password, an unknown, an impossible and a disabled user', async () => {
    await server.addUser('owner', 'owner')
    await server.addUser('alice', 'user')
    const carol = await server.addUser('carol', 'user')
    await server.store.users.setState(carol.id, 'disabled')
    const replies = [
      await login({ username: 'alice', password: 'not the password' }),
      await login({ username: 'nobody', password: 'not the password' }),
      await login({ username: 'a/../b', password: 'not the password' }),
      await login({ username: 'carol', password: alicePassword }),
      await login({ username: 'alice', password: 'x'.repeat(3000) }),
    ]
    for (const reply of replies) {
      expect(reply.status).toBe(401)
      expect(reply.text).toBe(replies[0]?.text)
      expect(reply.headers['set-cookie']).toBeUndefined()
    }
  })

  it('does not take the stored hash for the password', async () => {
    const alice = await server.addUser('alice', 'user')
    const reply = await login({ username: 'alice', password: alice.passwordHash })
    expect(codeOf(reply)).toBe('bad_credentials')
  })

  it('has to wait after five tries, while the open session goes on', async () => {
    await server.addUser('alice', 'user')
    const cookie = await server.logIn('alice', alicePassword)
    const codes: unknown[] = []
    for (let count = 0; count < 8; count += 1) {
      codes.push(
        codeOf(await login({ username: 'Alice', password: 'guess number one' }, { 'x-test-address': '198.51.100.7' })),
      )
    }
    expect(codes.slice(0, 5)).toEqual(Array(5).fill('bad_credentials'))
    expect(codes.slice(6)).toEqual(['too_many_attempts', 'too_many_attempts'])
    expect((await server.ask('GET', `${apiPath}/me`, { cookie })).status).toBe(200)
    expect((await login({ username: 'alice', password: alicePassword })).status).toBe(200)
  })

  it('is counted before it is judged, so that parallel guesses share no try', async () => {
    await server.addUser('alice', 'user')
    const guesses = Array.from({ length: 30 }, (_, index) =>
      login({ username: 'alice', password: `guess number ${index}` }),
    )
    const judged = (await Promise.all(guesses)).filter((reply) => codeOf(reply) === 'bad_credentials')
    expect(judged.length).toBeLessThanOrEqual(6)
  })

  it('in another form than JSON is not even looked at', async () => {
    await server.addUser('alice', 'user')
    const text = JSON.stringify({ username: 'alice', password: alicePassword })
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']) {
      const reply = await login(text, { 'content-type': type })
      expect(codeOf(reply), type).toBe('json_required')
    }
    expect(codeOf(await login('{"username":'))).toBe('bad_json')
    expect(codeOf(await login('[]'))).toBe('bad_input')
    expect(codeOf(await login({ username: 'alice', password: 'x'.repeat(20_000) }))).toBe('body_too_large')
    expect(codeOf(await login(text, { 'content-encoding': 'gzip' }))).toBe('unsupported_encoding')
    expect(codeOf(await login({ username: { $ne: '' }, password: ['x'] }))).toBe('bad_input')
  })
})

describe('a challenge', () => {
  it('offers Basic to programs and never to browsers', async () => {
    const program = await server.ask('GET', `${apiPath}/me`)
    expect(program.headers['www-authenticate']).toContain('Basic')
    expect(program.headers['x-gatehouse-error']).toBe('unauthenticated')
    for (const header of ['sec-fetch-mode', 'x-gatehouse-page']) {
      const browser = await server.ask('GET', `${apiPath}/me`, { headers: { [header]: 'cors' } })
      expect(browser.status).toBe(401)
      expect(browser.headers['www-authenticate']).toBe('Bearer realm="Gatehouse"')
    }
  })
})

describe('a log-out', () => {
  it('ends the session and makes the browser forget', async () => {
    await server.addUser('alice', 'user')
    const cookie = await server.logIn('alice', alicePassword)
    const reply = await server.ask('POST', `${apiPath}/logout`, { cookie })
    expect(reply.status).toBe(204)
    expect(reply.headers['clear-site-data']).toBe('"storage"')
    expect(reply.headers['set-cookie']?.[0]).toMatch(/^gatehouse_[a-z0-9]{8}=; Path=\/; Expires=Thu, 01 Jan 1970/)
    expect((await server.ask('GET', `${apiPath}/me`, { cookie })).status).toBe(401)
    expect(await server.authenticate(['Cookie', cookie])).toEqual({ kind: 'anonymous' })
    expect(await server.store.sessions.list()).toEqual([])
  })

  it('of nobody is no mistake', async () => {
    expect((await server.ask('POST', `${apiPath}/logout`)).status).toBe(204)
  })

  it('of a page that another person has since signed in from is refused', async () => {
    await server.addUser('alice', 'user')
    await server.addUser('bob', 'user')
    const page = field(await login({ username: 'alice', password: alicePassword }), 'page')
    const cookie = await server.logIn('bob', alicePassword)
    const reply = await server.ask('POST', `${apiPath}/logout`, {
      cookie,
      headers: { 'x-gatehouse-page': String(page) },
    })
    expect(codeOf(reply)).toBe('page_belongs_to_another')
    expect((await server.ask('GET', `${apiPath}/me`, { cookie })).status).toBe(200)
  })
})

describe('over https', () => {
  it('the cookie belongs to this host alone, also behind a proxy that ends TLS', async () => {
    await using secure = await startOwnServer({ publicScheme: 'https' })
    await secure.addUser('alice', 'user')
    const reply = await secure.ask('POST', `${apiPath}/login`, { body: { username: 'alice', password: alicePassword } })
    expect(reply.headers['set-cookie']?.[0]).toMatch(
      /^__Host-gatehouse=s%3A[^;]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    )
    expect(reply.headers['strict-transport-security']).toBe('max-age=31536000')
    expect(await secure.authenticate(['Cookie', cookieOf(reply)])).toMatchObject({ kind: 'identity' })
  })
})
