/** Does a password open nothing without the second factor its person has, by whatever way it comes? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { codeAt } from '../support/one-time-code.ts'
import { parseRecord } from '../support/person.ts'
import { enrol, enrolByName, factorsOf, stepMs, textsOf, tryLogin } from './factors.ts'
import { alicePassword, apiPath, codeOf, cookieOf, field, type OwnServer, startOwnServer } from './own-server.ts'
import { runCommandIn } from './run-command.ts'

let server: OwnServer
beforeEach(async () => {
  server = await startOwnServer()
  await server.addUser('alice', 'user')
})
afterEach(() => server[Symbol.asyncDispose]())

const basic = `Basic ${Buffer.from(`alice:${alicePassword}`).toString('base64')}`
const ask = (method: string, path: string, cookie: string, body?: object) =>
  server.ask(method, `${apiPath}${path}`, { cookie, ...(body === undefined ? {} : { body }) })
const kindsOf = () => server.audited.map(({ kind }) => kind)

async function onlyFactor(cookie: string): Promise<string> {
  const list = field(await ask('GET', '/factors', cookie), 'factors')
  return String(parseRecord(Array.isArray(list) ? list[0] : undefined).id)
}

describe('somebody with a second factor', () => {
  it('is asked for it after a right password, and told which kinds would do', async () => {
    await enrolByName(server, 'alice')
    const reply = await tryLogin(server)
    expect([reply.status, codeOf(reply), factorsOf(reply)]).toEqual([401, 'second_factor_needed', ['totp']])
    expect(reply.headers['set-cookie']).toBeUndefined()
  })

  it('is not told apart from anybody by a wrong password', async () => {
    await enrolByName(server, 'alice')
    await server.addUser('ann', 'user')
    const replies = await Promise.all(
      ['alice', 'ann', 'nobody'].map((username) =>
        server.ask('POST', `${apiPath}/login`, { body: { username, password: 'wrong', code: '123456' } }),
      ),
    )
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1)
    expect(codeOf(replies[0] ?? (await tryLogin(server)))).toBe('bad_credentials')
  })

  it('logs in with the code, of this session it is known how', async () => {
    const { nextCode } = await enrolByName(server, 'alice')
    const reply = await tryLogin(server, { code: nextCode() })
    expect(reply.status).toBe(200)
    const [session] = await server.store.sessions.list()
    expect(session).toMatchObject({ method: 'password', factor: 'totp' })
  })

  it('gets nothing for a code that was used, in this or in another door', async () => {
    const { nextCode } = await enrolByName(server, 'alice')
    const code = nextCode()
    expect((await tryLogin(server, { code })).status).toBe(200)
    expect(codeOf(await tryLogin(server, { code }))).toBe('bad_credentials')
    const body = { username: 'alice', password: alicePassword, code }
    expect(codeOf(await server.ask('POST', `${apiPath}/token`, { body }))).toBe('bad_credentials')
  })

  it('gets nothing for the code with which the key was confirmed', async () => {
    const { key } = await enrolByName(server, 'alice')
    expect(codeOf(await tryLogin(server, { code: codeAt(key, server.clock.nowMs) }))).toBe('bad_credentials')
  })

  it('gets one session for a code that two requests bring at once', async () => {
    const { nextCode } = await enrolByName(server, 'alice')
    const code = nextCode()
    const replies = await Promise.all([tryLogin(server, { code }), tryLogin(server, { code })])
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 401])
  })

  it.each([
    ['a step before', -1, 200],
    ['a step after', 1, 200],
    ['two steps before', -2, 401],
    ['two steps after', 2, 401],
  ])('may have a clock that is %s ours', async (_what, steps, status) => {
    const { key } = await enrolByName(server, 'alice')
    server.clock.nowMs += 10 * stepMs
    const code = codeAt(key, server.clock.nowMs + steps * stepMs)
    expect((await tryLogin(server, { code })).status).toBe(status)
  })

  it('never uses an older code after a newer one', async () => {
    const { key } = await enrolByName(server, 'alice')
    server.clock.nowMs += 10 * stepMs
    const [older, newer] = [codeAt(key, server.clock.nowMs - stepMs), codeAt(key, server.clock.nowMs)]
    expect((await tryLogin(server, { code: newer })).status).toBe(200)
    expect((await tryLogin(server, { code: older })).status).toBe(401)
  })

  it('gets no token for a password alone, and one with the code', async () => {
    const { nextCode } = await enrolByName(server, 'alice')
    const body = { username: 'alice', password: alicePassword }
    expect(codeOf(await server.ask('POST', `${apiPath}/token`, { body }))).toBe('second_factor_needed')
    const reply = await server.ask('POST', `${apiPath}/token`, { body: { ...body, code: nextCode() } })
    expect(reply.status).toBe(200)
    expect(await server.store.sessions.list()).toContainEqual(expect.objectContaining({ factor: 'totp' }))
  })

  it('proves nothing with Basic and a password, even one that was remembered, and is told of tokens', async () => {
    expect(await server.authenticate(['Authorization', basic])).toMatchObject({ kind: 'identity' })
    await enrolByName(server, 'alice')
    await expect(server.authenticate(['Authorization', basic])).rejects.toMatchObject({ code: 'second_factor_needed' })
    const reply = await server.ask('GET', `${apiPath}/me`, { headers: { authorization: basic } })
    expect(reply.status).toBe(401)
    expect(reply.text).toMatch(/API key/)
  })

  it('goes on with an API key, in every place of one', async () => {
    const alice = await server.store.users.findByName('alice')
    const key = alice === undefined ? '' : await server.addKey(alice)
    await enrolByName(server, 'alice')
    const inBasic = `Basic ${Buffer.from(`alice:${key}`).toString('base64')}`
    for (const authorization of [`Bearer ${key}`, inBasic]) {
      expect(await server.authenticate(['Authorization', authorization])).toMatchObject({ kind: 'identity' })
    }
  })

  it('waits longer and longer after wrong codes, whatever right passwords come between, and another account does not', async () => {
    const { nextCode } = await enrolByName(server, 'alice')
    const codes: unknown[] = []
    for (let count = 0; count < 8; count += 1) {
      codes.push(codeOf(await tryLogin(server, { code: '000000' })))
      await tryLogin(server)
    }
    expect(codes.slice(0, 5)).toEqual(Array(5).fill('bad_credentials'))
    expect(codes).toContain('too_many_attempts')
    expect(codeOf(await tryLogin(server, { code: nextCode() }))).toBe('too_many_attempts')
    await server.addUser('ann', 'user')
    expect((await tryLogin(server, { username: 'ann' })).status).toBe(200)
  })

  it('is guessed at from many addresses no faster than from one', async () => {
    await enrolByName(server, 'alice')
    const codes: unknown[] = []
    for (let count = 0; count < 14; count += 1) {
      codes.push(codeOf(await tryLogin(server, { code: '000000' }, `198.51.100.${count}`)))
    }
    expect(codes.at(-1)).toBe('too_many_attempts')
  })

  it('has every refusal of it written down, and no code', async () => {
    await enrolByName(server, 'alice')
    await tryLogin(server, { code: '000000' })
    const refused = server.audited.find(({ kind }) => kind === 'factor.refused')
    expect(refused).toMatchObject({ target: 'alice', address: '192.0.2.1', detail: { reason: 'bad_credentials' } })
    expect(JSON.stringify(server.audited)).not.toContain('000000')
  })
})

describe('a recovery code', () => {
  it('stands in for the factor once, however it is typed, and for one person', async () => {
    const { recoveryCodes, cookie } = await enrolByName(server, 'alice')
    const [first = '', second = ''] = recoveryCodes
    expect([recoveryCodes.length, new Set(recoveryCodes).size]).toEqual([10, 10])
    expect((await tryLogin(server, { code: first })).status).toBe(200)
    expect((await tryLogin(server, { code: first })).status).toBe(401)
    expect((await tryLogin(server, { code: ` ${second.toLowerCase().replace('-', '')} ` })).status).toBe(200)
    expect(parseRecord((await ask('GET', '/factors', cookie)).json).recoveryCodes).toBe(8)
    await server.addUser('ann', 'user')
    await enrolByName(server, 'ann')
    expect((await tryLogin(server, { username: 'ann', code: recoveryCodes[2] })).status).toBe(401)
  })

  it('is used by one of two requests that bring it at once', async () => {
    const { recoveryCodes } = await enrolByName(server, 'alice')
    const code = recoveryCodes[0] ?? ''
    const replies = await Promise.all([tryLogin(server, { code }), tryLogin(server, { code })])
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 401])
  })

  it('is worth nothing once new ones were made', async () => {
    const { recoveryCodes, cookie } = await enrolByName(server, 'alice')
    const made = await ask('POST', '/factors/recovery-codes', cookie, {})
    expect((await tryLogin(server, { code: recoveryCodes[0] })).status).toBe(401)
    expect((await tryLogin(server, { code: textsOf(field(made, 'recoveryCodes'))[0] })).status).toBe(200)
  })

  it('is kept as a hash, and goes with the last factor', async () => {
    const { recoveryCodes, cookie } = await enrolByName(server, 'alice')
    expect((await ask('DELETE', `/factors/${await onlyFactor(cookie)}`, cookie)).status).toBe(204)
    expect(parseRecord((await ask('GET', '/factors', cookie)).json)).toMatchObject({ factors: [], recoveryCodes: 0 })
    expect((await tryLogin(server)).status).toBe(200)
    expect(JSON.stringify(server.audited)).not.toContain(recoveryCodes[0])
    expect(kindsOf()).toEqual(expect.arrayContaining(['factor.added', 'factor.removed']))
  })
})

describe('adding a factor', () => {
  it('ends every other session and gives this one a new id, which counts as proven by it', async () => {
    const [here, elsewhere] = [await server.logIn('alice', alicePassword), await server.logIn('alice', alicePassword)]
    const { cookie } = await enrol(server, here)
    expect((await ask('GET', '/me', here)).status).toBe(401)
    expect((await ask('GET', '/me', elsewhere)).status).toBe(401)
    expect((await ask('GET', '/me', cookie)).status).toBe(200)
    expect(await server.store.sessions.list()).toMatchObject([{ factor: 'totp' }])
  })

  it('needs the code of the key that was shown, and takes it once', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    const wrong = await ask('POST', '/factors/totp/confirm', cookie, { code: '000000' })
    expect(codeOf(wrong)).toBe('bad_input')
    const key = String(field(await ask('POST', '/factors/totp', cookie, {}), 'key'))
    const other = String(field(await ask('POST', '/factors/totp', cookie, {}), 'key'))
    const late = await ask('POST', '/factors/totp/confirm', cookie, { code: codeAt(key, server.clock.nowMs) })
    expect(codeOf(late)).toBe('bad_input')
    const code = codeAt(other, server.clock.nowMs)
    const added = await ask('POST', '/factors/totp/confirm', cookie, { code })
    expect(added.status).toBe(201)
    const again = await ask('POST', '/factors/totp/confirm', cookieOf(added), { code })
    expect(codeOf(again)).toBe('bad_input')
  })

  it('shows a key that apps can read, and shows it to nobody afterwards', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    const shown = await ask('POST', '/factors/totp', cookie, {})
    const [key, uri] = [String(field(shown, 'key')), String(field(shown, 'uri'))]
    expect(key).toMatch(/^[A-Z2-7]{32}$/)
    const url = new URL(uri)
    expect([url.protocol, url.host, url.searchParams.get('secret')]).toEqual(['otpauth:', 'totp', key])
    expect(decodeURIComponent(url.pathname)).toContain('alice')
    const added = await ask('POST', '/factors/totp/confirm', cookie, { code: codeAt(key, server.clock.nowMs) })
    const list = await ask('GET', '/factors', cookieOf(added))
    expect(list.text + JSON.stringify(server.audited)).not.toContain(key)
  })

  it('is nothing for a key, or for a proof of yesterday', async () => {
    const alice = await server.store.users.findByName('alice')
    const key = alice === undefined ? '' : await server.addKey(alice)
    const byKey = await server.ask('POST', `${apiPath}/factors/totp`, { headers: { authorization: `Bearer ${key}` } })
    expect(codeOf(byKey)).toBe('forbidden')
    const cookie = await server.logIn('alice', alicePassword)
    server.clock.nowMs += 11 * 60_000
    expect(codeOf(await ask('POST', '/factors/totp', cookie, {}))).toBe('proof_too_old')
    const { cookie: proven } = await enrolByName(server, 'alice')
    server.clock.nowMs += 11 * 60_000
    expect(codeOf(await ask('DELETE', `/factors/${await onlyFactor(proven)}`, proven))).toBe('proof_too_old')
    expect(codeOf(await ask('POST', '/factors/recovery-codes', proven, {}))).toBe('proof_too_old')
  })
})

describe('an administrator', () => {
  it('takes the factors of somebody who lost them, ends their sessions, and reaches nobody of higher rank', async () => {
    await server.addUser('adam', 'admin')
    await server.addUser('olga', 'owner')
    const { cookie: alices } = await enrolByName(server, 'alice')
    const { cookie: olgas } = await enrolByName(server, 'olga')
    const adams = await server.logIn('adam', alicePassword)
    expect(codeOf(await ask('DELETE', '/users/olga/factors', adams))).toBe('forbidden')
    expect(codeOf(await ask('DELETE', '/users/alice/factors', alices))).toBe('forbidden')
    expect((await ask('DELETE', '/users/alice/factors', adams)).status).toBe(204)
    expect((await ask('GET', '/me', alices)).status).toBe(401)
    expect((await ask('GET', '/me', olgas)).status).toBe(200)
    expect((await tryLogin(server)).status).toBe(200)
    expect(server.audited).toContainEqual(
      expect.objectContaining({ kind: 'factor.removed', target: 'alice', detail: { all: true, count: 1 } }),
    )
    server.clock.nowMs += 11 * 60_000
    expect(codeOf(await ask('DELETE', '/users/alice/factors', adams))).toBe('proof_too_old')
  })
})

describe('gatehouse user reset-factors', () => {
  it('takes them all away, ends the sessions, and is written down', async () => {
    const { cookie } = await enrolByName(server, 'alice')
    expect(await runCommandIn(server, ['user', 'reset-factors', 'Alice'])).toBe(
      'alice has lost 1 second factor and the recovery codes; every session of theirs has ended.\n',
    )
    expect((await ask('GET', '/me', cookie)).status).toBe(401)
    expect((await tryLogin(server)).status).toBe(200)
    const [written] = await server.store.audit.page({ from: { after: 0 }, limit: 10, kind: 'factor.removed' })
    expect(written?.target).toBe('alice')
  })
})
