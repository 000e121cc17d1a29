/** Does a program that logged in without a browser get in for minutes, stay in by renewing, and out the moment it should? */
import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatehouseError } from '../../sidecar/src/gatehouse-error.ts'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import type { Member, Store } from '../../sidecar/src/store/store.ts'
import { alicePassword, apiPath, cheapPasswords, codeOf, field, type OwnServer, startOwnServer } from './own-server.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

let server: OwnServer
let alice: Member
beforeEach(async () => {
  server = await startOwnServer()
  await server.addUser('owner', 'owner')
  alice = await server.addUser('alice', 'user')
})
afterEach(() => server[Symbol.asyncDispose]())

/** RFC 7515 by hand: the library that checks must not be the one that forges. */
function signed(header: object, payload: object, key: string | Buffer): string {
  const coded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${coded(header)}.${coded(payload)}`
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}
function partOf(token: string, index: 0 | 1): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString('utf8'))
}
const headerOf = (token: string) => partOf(token, 0)
const claimsOf = (token: string) => partOf(token, 1)

interface Tokens {
  readonly access: string
  readonly refresh: string
}
const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  server.ask('POST', `${apiPath}${path}`, { body, headers })
const tokensOf = (reply: Awaited<ReturnType<typeof post>>): Tokens => {
  if (reply.status !== 200) throw new Error(`no tokens: ${reply.text}`)
  return { access: String(field(reply, 'access_token')), refresh: String(field(reply, 'refresh_token')) }
}
const logIn = async (more: object = {}) =>
  tokensOf(await post('/token', { username: 'alice', password: alicePassword, ...more }))
const renew = async (refresh: string) => post('/token/refresh', { refresh_token: refresh })

/** The principal that a token ends in, as every request of the raw lane asks; undefined for nobody. */
async function principalOf(token: string, clientAddress = '192.0.2.1') {
  try {
    const result = await server.authenticate(['Authorization', `Bearer ${token}`], { clientAddress })
    return result.kind === 'anonymous' ? undefined : await server.resolvePrincipal(result.identity)
  } catch (error) {
    if (error instanceof GatehouseError && (error.status === 401 || error.status === 403)) return undefined
    throw error
  }
}
const isLetIn = async (token: string, address?: string) => (await principalOf(token, address)) !== undefined

describe('POST /token', () => {
  it('gives a signed token of a quarter of an hour for a name and a password', async () => {
    const reply = await post('/token', { username: 'Alice', password: alicePassword })
    expect(reply.json).toMatchObject({ token_type: 'Bearer' })
    expect(reply.headers['cache-control']).toBe('no-store')
    expect(reply.headers['set-cookie']).toBeUndefined()
    const expiresIn = Number(field(reply, 'expires_in'))
    expect(expiresIn).toBeGreaterThan(898)
    expect(expiresIn).toBeLessThanOrEqual(900)
    const { access } = tokensOf(reply)
    const [instance] = await server.store.secrets.load('instance')
    const [signing] = await server.store.secrets.load('session-token')
    expect(headerOf(access)).toEqual({ alg: 'HS256', typ: 'gatehouse-session+jwt', kid: signing.id })
    const claims = claimsOf(access)
    expect(claims).toMatchObject({ iss: instance.id, aud: 'gatehouse', sub: alice.id })
    expect(claims.jti).toMatch(/^[0-9a-f-]{36}$/)
    const principal = await principalOf(access)
    expect(principal).toMatchObject({ userId: alice.id, identity: { method: 'session-token' } })
    expect(await principalOf(tokensOf(reply).refresh)).toBeUndefined()
  })

  it('takes every carrier of a key, and the own API', async () => {
    const { access } = await logIn()
    for (const headers of [
      ['X-API-Key', access],
      ['Authorization', `bearer ${access}`],
    ]) {
      expect(await server.authenticate(headers)).toMatchObject({ identity: { userId: alice.id } })
    }
    for (const key of ['token', 'api_key']) {
      expect(await server.authenticate([], { query: new Map([[key, access]]) })).toMatchObject({ kind: 'identity' })
    }
    const me = await server.ask('GET', `${apiPath}/me`, { headers: { authorization: `Bearer ${access}` } })
    expect(me.json).toMatchObject({ user: 'alice' })
  })

  it('tells a wrong password, an unknown name and a disabled person apart for nobody', async () => {
    await server.addUser('dora', 'user')
    const dora = await server.store.users.findByName('dora')
    if (dora !== undefined) await server.store.users.setState(dora.id, 'disabled')
    const replies = [
      await post('/token', { username: 'alice', password: 'not the password' }),
      await post('/token', { username: 'nobody', password: alicePassword }),
      await post('/token', { username: 'dora', password: alicePassword }),
    ]
    for (const reply of replies) expect([reply.status, codeOf(reply)]).toEqual([401, 'bad_credentials'])
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1)
    expect(server.audited.filter(({ kind }) => kind === 'login.refused')).toHaveLength(3)
  })

  it('narrows a token to the scopes that are asked for, and to none that one lacks', async () => {
    const reply = await post('/token', { username: 'alice', password: alicePassword, scope: 'output:read prompt:run' })
    expect(field(reply, 'scope')).toBe('output:read prompt:run')
    const { access, refresh } = tokensOf(reply)
    expect([...((await principalOf(access))?.permissions ?? [])].sort()).toEqual(['output:read', 'prompt:run'])
    const renewed = await renew(refresh)
    expect(field(renewed, 'scope')).toBe('output:read prompt:run')
    expect((await principalOf(tokensOf(renewed).access))?.permissions.size).toBe(2)
    const ask = (scope: string) => post('/token', { username: 'alice', password: alicePassword, scope })
    expect(codeOf(await ask('output:read admin:users'))).toBe('forbidden')
    expect(codeOf(await ask('everything'))).toBe('bad_input')
    expect(codeOf(await ask(' '))).toBe('bad_input')
  })

  it('gives the limits of a key to its tokens', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    const limits = { scopes: ['output:read'], addresses: ['192.0.2.0/24'], expiresInDays: 1 }
    const made = await server.ask('POST', `${apiPath}/keys`, { cookie, body: limits })
    const apiKey = String(field(made, 'key'))
    const elsewhere = { 'x-test-address': '198.51.100.7' }
    expect(codeOf(await post('/token', { apiKey }, elsewhere))).toBe('address_refused')
    const { access, refresh } = tokensOf(await post('/token', { apiKey }))
    expect([...((await principalOf(access))?.permissions ?? [])]).toEqual(['output:read'])
    expect(await isLetIn(access, '198.51.100.7')).toBe(false)
    expect(codeOf(await post('/token/refresh', { refresh_token: refresh }, elsewhere))).toBe('address_refused')
    expect(codeOf(await post('/token', { apiKey, scope: 'prompt:run' }))).toBe('forbidden')
    const next = tokensOf(await renew(refresh))
    server.clock.nowMs += 24 * hourMs
    expect((await renew(next.refresh)).status).toBe(401)
  })

  it('refuses what is no key in the same words', async () => {
    for (const apiKey of ['gh_000000000000_nothing', 'x', `gh_${'a'.repeat(12)}_${'b'.repeat(46)}`]) {
      expect(codeOf(await post('/token', { apiKey }))).toBe('bad_credentials')
    }
  })

  it('opens no door to what only a person may do', async () => {
    const { access } = await logIn()
    const headers = { authorization: `Bearer ${access}` }
    expect(codeOf(await post('/keys', {}, headers))).toBe('forbidden')
    expect(codeOf(await post('/password', { current: alicePassword, password: 'x'.repeat(20) }, headers))).toBe(
      'forbidden',
    )
  })
})

describe('a session token', () => {
  it('is over after a quarter of an hour', async () => {
    const { access } = await logIn()
    server.clock.nowMs += 15 * minuteMs - 2_000
    expect(await isLetIn(access)).toBe(true)
    server.clock.nowMs += 2_000
    expect(await isLetIn(access)).toBe(false)
  })

  it('that was altered, signed elsewhere or not signed proves nobody, and never falls back to the cookie', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    const { access } = await logIn()
    const [head = '', body = '', signature = ''] = access.split('.')
    const coded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const header = headerOf(access)
    const claims = claimsOf(access)
    const sign = (key: string | Buffer, changed: object, payload: object = claims) =>
      signed({ ...header, ...changed }, payload, key)
    const [secret] = await server.store.secrets.load('session-token')
    const own = (payload: object, changed: object = {}) =>
      sign(Buffer.from(secret.value, 'base64url'), changed, payload)
    const forged: Readonly<Record<string, string>> = {
      'another person': `${head}.${coded({ ...claims, sub: 'somebody' })}.${signature}`,
      'no algorithm': `${coded({ ...header, alg: 'none' })}.${body}.`,
      'its algorithm in capitals': `${coded({ ...header, alg: 'NONE' })}.${body}.${signature}`,
      'a key of the attacker': sign('a'.repeat(32), {}),
      'the name of the key as the key': sign(secret.id.padEnd(32, '\0'), {}),
      'the text of the secret as the key': sign(secret.value, {}),
      'another key id': sign('a'.repeat(32), { kid: '../../etc/passwd' }),
      'a key of its own in the header': sign('a'.repeat(32), { jwk: { kty: 'oct', k: 'YWFh' } }),
      'a critical header nobody knows': own(claims, { crit: ['exotic'], exotic: 1 }),
      'an expiry in words': own({ ...claims, exp: 'never' }),
      'no expiry': own({ ...claims, exp: undefined }),
      'no session': own({ ...claims, sid: undefined }),
      'a session that is none': own({ ...claims, sid: 'x' }),
      'another person in our own signature': own({ ...claims, sub: 'somebody' }),
      'another audience': own({ ...claims, aud: 'elsewhere' }),
      'another instance': own({ ...claims, iss: 'elsewhere' }),
      'another type': own(claims, { typ: 'JWT' }),
      'half of it': access.slice(0, -10),
      'a megabyte': `${head}.${'a'.repeat(1_000_000)}.${signature}`,
    }
    expect(await isLetIn(own(claims))).toBe(true)
    for (const [what, token] of Object.entries(forged)) {
      expect([what, await isLetIn(token)]).toEqual([what, false])
      await expect(
        server.authenticate(['Authorization', `Bearer ${token}`, 'Cookie', cookie]),
        what,
      ).rejects.toMatchObject({ status: 401 })
    }
  })

  it('of another instance means nothing here', async () => {
    await using other = await startOwnServer()
    await other.addUser('alice', 'user')
    const reply = await other.ask('POST', `${apiPath}/token`, { body: { username: 'alice', password: alicePassword } })
    expect(await isLetIn(String(field(reply, 'access_token')))).toBe(false)
  })

  it('survives a restart, and the rotation of the secret for as long as the overlap', async () => {
    const { access } = await logIn()
    await server.store.secrets.rotate('session-token', 10 * minuteMs)
    const fresh = await logIn()
    expect(headerOf(fresh.access).kid).not.toBe(headerOf(access).kid)
    expect([await isLetIn(access), await isLetIn(fresh.access)]).toEqual([true, true])
    await using again = await startOwnServer({ dataDir: server.dataDir })
    again.clock.nowMs = server.clock.nowMs
    for (const token of [access, fresh.access]) {
      expect(await again.authenticate(['Authorization', `Bearer ${token}`])).toMatchObject({ kind: 'identity' })
    }
    server.clock.nowMs += 10 * minuteMs + 1
    expect([await isLetIn(access), await isLetIn(fresh.access)]).toEqual([false, true])
  })

  it('is what neither the stored hashes nor the session id are', async () => {
    const { refresh } = await logIn()
    const [session] = await server.store.sessions.list(alice.id)
    if (session === undefined) throw new Error('no session')
    const token = await server.store.tokenSessions.find(session.hash)
    const cookieName = (await server.logIn('alice', alicePassword)).split('=')[0]
    for (const text of [session.hash, session.id, token?.refreshHash ?? '', `ghr_${token?.refreshHash}`]) {
      expect(await isLetIn(text)).toBe(false)
      expect((await renew(text)).status).toBe(401)
    }
    const [, family = ''] = refresh.split('_')
    for (const id of [session.hash, family, `family:${family}`]) {
      expect(await server.authenticate(['Cookie', `${cookieName}=s%3A${id}`])).toEqual({ kind: 'anonymous' })
    }
  })
})

describe('a refresh token', () => {
  it('is good once, and gives the next one', async () => {
    const first = await logIn()
    const second = tokensOf(await renew(first.refresh))
    expect(second.refresh).not.toBe(first.refresh)
    const third = tokensOf(await renew(second.refresh))
    for (const { access } of [first, second, third]) expect(await isLetIn(access)).toBe(true)
  })

  it('that comes again ends the whole session, and is written down', async () => {
    const first = await logIn()
    const second = tokensOf(await renew(first.refresh))
    const other = await logIn()
    expect((await renew(first.refresh)).status).toBe(401)
    for (const { access, refresh } of [first, second]) {
      expect(await isLetIn(access)).toBe(false)
      expect((await renew(refresh)).status).toBe(401)
    }
    expect(await isLetIn(other.access)).toBe(true)
    expect(server.audited.filter(({ kind }) => kind === 'session.revoked')).toMatchObject([
      { target: 'alice', method: 'session-token' },
    ])
  })

  it('that several use at once is good for one of them at most', async () => {
    const { refresh } = await logIn()
    const replies = await Promise.all(Array.from({ length: 8 }, () => renew(refresh)))
    expect(replies.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)
    expect(await server.store.sessions.list(alice.id)).toEqual([])
  })

  it('of two processes is good for one of them', async () => {
    const { refresh } = await logIn()
    await using again = await startOwnServer({ dataDir: server.dataDir })
    const both = [server, again].map((each) =>
      each.ask('POST', `${apiPath}/token/refresh`, { body: { refresh_token: refresh } }),
    )
    const statuses = (await Promise.all(both)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1)
  })

  it('ends when it was not used for a day, and after thirty days however often it was', async () => {
    let { refresh } = await logIn()
    for (let hour = 0; hour < 30 * 24 - 20; hour += 20) {
      server.clock.nowMs += 20 * hourMs
      refresh = tokensOf(await renew(refresh)).refresh
    }
    server.clock.nowMs += 20 * hourMs
    expect((await renew(refresh)).status).toBe(401)
    const idle = await logIn()
    server.clock.nowMs += 24 * hourMs
    expect((await renew(idle.refresh)).status).toBe(401)
  })

  it('with half of it guessed ends nothing', async () => {
    const { refresh, access } = await logIn()
    const [, family = '', turn = ''] = refresh.split('_')
    const flipped = [...family].reverse().join('')
    for (const text of [`ghr_${flipped}_${turn}`, `ghr_${family}`, `ghr_${family}_short`, 'ghr_', '']) {
      expect([400, 401]).toContain((await renew(text)).status)
    }
    expect(await isLetIn(access)).toBe(true)
  })
})

describe('POST /token/revoke', () => {
  it('ends the session of an access or a refresh token, and answers every text alike', async () => {
    for (const which of ['access', 'refresh'] as const) {
      const tokens = await logIn()
      const reply = await post('/token/revoke', { token: tokens[which] })
      expect([reply.status, reply.text]).toEqual([204, ''])
      expect(await isLetIn(tokens.access)).toBe(false)
      expect((await renew(tokens.refresh)).status).toBe(401)
    }
    for (const token of ['x', 'eyJ.e30.x', `ghr_${'a'.repeat(32)}_${'b'.repeat(32)}`]) {
      expect((await post('/token/revoke', { token })).status).toBe(204)
    }
  })
})

describe('every token of a program', () => {
  let other: Store
  let close: () => Promise<void>
  beforeEach(async () => {
    const database = await openDatabase(server.dataDir, { verify: false })
    other = createStore({ db: database.db })
    close = database.close
  })
  afterEach(() => close())

  const ends: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['disabling the person', () => other.users.setState(alice.id, 'disabled')],
    ['another role', () => other.users.setRole(alice.id, 'guest')],
    ['a new password', async () => other.users.setPassword(alice.id, await cheapPasswords.hash('another sentence'))],
    ['removing the person', () => other.users.remove(alice.id)],
    ['signing out everywhere', () => other.sessions.revokeAll(alice.id)],
  ]
  it.each(ends)('ends with %s in another process, for good', async (_what, end) => {
    const { access, refresh } = await logIn()
    expect(await isLetIn(access)).toBe(true)
    await end()
    await server.feed.poll()
    expect(await isLetIn(access)).toBe(false)
    expect((await renew(refresh)).status).toBe(401)
    await other.users.setState(alice.id, 'active').catch(() => undefined)
    await server.feed.poll()
    expect((await renew(refresh)).status).toBe(401)
  })

  it('ends with the key it was had for', async () => {
    const apiKey = await server.addKey(alice)
    const { access, refresh } = tokensOf(await post('/token', { apiKey }))
    const byPassword = await logIn()
    const [, id = ''] = apiKey.split('_')
    const record = (await other.apiKeys.list(alice.id)).find((key) => key.id === id)
    if (record !== undefined) await other.apiKeys.revoke(record.id)
    await server.feed.poll()
    expect([await isLetIn(access), (await renew(refresh)).status]).toEqual([false, 401])
    expect(await isLetIn(byPassword.access)).toBe(true)
  })

  it('is listed among the sessions of its person, and ended there', async () => {
    const { access } = await logIn()
    const cookie = await server.logIn('alice', alicePassword)
    const listed = await server.ask('GET', `${apiPath}/sessions`, { cookie })
    const program = Array.isArray(listed.json) ? listed.json.find((session) => session.current === false) : undefined
    expect((await server.ask('DELETE', `${apiPath}/sessions/${program?.id}`, { cookie })).status).toBe(204)
    expect(await isLetIn(access)).toBe(false)
  })

  it('makes room for newer ones, so that a script that only ever logs in fills nothing', async () => {
    const first = await logIn()
    for (let count = 0; count < 100; count += 1) {
      server.clock.nowMs += 1
      await server.identity.programs.sessions.open({
        ...{ member: alice, address: '192.0.2.1', userAgent: '', factor: null },
        ...{ scopes: null, addresses: null, workflow: null },
      })
    }
    expect((await server.store.sessions.list(alice.id)).length).toBe(100)
    expect((await renew(first.refresh)).status).toBe(401)
  })
})
