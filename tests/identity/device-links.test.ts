/** Does a code let exactly one device in, after its number was typed in, with no more than the session that showed it? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { alicePassword, apiPath, codeOf, cookieOf, field, type OwnServer, startOwnServer } from './own-server.ts'

let server: OwnServer
let desk: string
beforeEach(async () => {
  server = await startOwnServer()
  await server.addUser('alice', 'user')
  desk = await server.logIn('alice', alicePassword)
})
afterEach(() => server[Symbol.asyncDispose]())

const post = (path: string, body: object, cookie?: string) =>
  server.ask('POST', `${apiPath}/device-links${path}`, {
    body,
    cookie,
    ...(cookie === undefined ? { headers: { 'x-test-address': '203.0.113.9', 'user-agent': 'Phone/1.0' } } : {}),
  })
const offer = async (cookie = desk) => {
  const reply = await post('', {}, cookie)
  return { id: String(field(reply, 'id')), code: String(field(reply, 'path')).split('#')[1] ?? '' }
}
const claim = async (code: string) => {
  const reply = await post('/claim', { code })
  return { reply, claim: String(field(reply, 'claim')), number: String(field(reply, 'number')) }
}
const stateOf = async (id: string, cookie = desk) =>
  field(await server.ask('GET', `${apiPath}/device-links/${id}`, { cookie }), 'state')
const approve = (id: string, number: string, cookie = desk) => post(`/${id}/approve`, { number }, cookie)
const redeem = (text: string) => post('/redeem', { claim: text })
const other = (number: string) => String((Number(number) + 1) % 10_000).padStart(4, '0')

describe('a code for another device', () => {
  it('lets it in once its number was typed in', async () => {
    const { id, code } = await offer()
    expect(code).toMatch(/^[\w-]{22}$/)
    expect(await stateOf(id)).toBe('waiting')
    const phone = await claim(code)
    expect(phone.number).toMatch(/^\d{4}$/)
    expect(await stateOf(id)).toBe('claimed')
    expect((await redeem(phone.claim)).status).toBe(202)
    expect((await approve(id, phone.number)).status).toBe(204)
    expect(await stateOf(id)).toBe('approved')
    const reply = await redeem(phone.claim)
    expect(reply.json).toMatchObject({ user: 'alice' })
    expect((await server.ask('GET', `${apiPath}/me`, { cookie: cookieOf(reply) })).status).toBe(200)
    const sessions = await server.ask('GET', `${apiPath}/sessions`, { cookie: desk })
    expect(sessions.json).toContainEqual(expect.objectContaining({ method: 'device-link', address: '203.0.113.9' }))
    expect(server.audited.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['device.offered', 'device.linked']))
    expect(codeOf(await redeem(phone.claim))).toBe('bad_device_code')
  })

  it('is used by one device of many at once', async () => {
    const { code } = await offer()
    const replies = await Promise.all(Array.from({ length: 20 }, () => claim(code)))
    const first = replies.filter(({ reply }) => reply.status === 200)
    expect(first).toHaveLength(1)
    for (const { reply } of replies) if (reply.status !== 200) expect(codeOf(reply)).toBe('bad_device_code')
  })

  it('opens one session, however often it is redeemed at once', async () => {
    const { id, code } = await offer()
    const phone = await claim(code)
    await approve(id, phone.number)
    const replies = await Promise.all(Array.from({ length: 20 }, () => redeem(phone.claim)))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await server.store.sessions.list()).toHaveLength(2)
  })

  it('is over after one wrong number', async () => {
    const { id, code } = await offer()
    const phone = await claim(code)
    expect(codeOf(await approve(id, other(phone.number)))).toBe('bad_input')
    expect(codeOf(await approve(id, phone.number))).toBe('not_found')
    expect(codeOf(await redeem(phone.claim))).toBe('bad_device_code')
    expect(server.audited.map(({ kind }) => kind)).toContain('device.refused')
  })

  it('is over after two minutes, in every state', async () => {
    const [unclaimed, session] = [await offer(), await server.logIn('alice', alicePassword)]
    const second = await offer(session)
    const phone = await claim(second.code)
    await approve(second.id, phone.number, session)
    server.clock.nowMs += 2 * 60_000
    expect(codeOf((await claim(unclaimed.code)).reply)).toBe('bad_device_code')
    expect(codeOf(await redeem(phone.claim))).toBe('bad_device_code')
  })

  it('is over when it is taken back, when another is shown, and when the session that showed it ends', async () => {
    const first = await offer()
    const second = await offer()
    expect(codeOf((await claim(first.code)).reply)).toBe('bad_device_code')
    await server.ask('DELETE', `${apiPath}/device-links/${second.id}`, { cookie: desk })
    expect(codeOf((await claim(second.code)).reply)).toBe('bad_device_code')
    const third = await offer()
    const phone = await claim(third.code)
    await approve(third.id, phone.number)
    await server.ask('POST', `${apiPath}/logout`, { cookie: desk })
    expect(codeOf(await redeem(phone.claim))).toBe('bad_device_code')
  })

  it('is nobody else business, not even of the same person in another session', async () => {
    await server.addUser('bob', 'owner')
    const { id, code } = await offer()
    const phone = await claim(code)
    for (const cookie of [await server.logIn('bob', alicePassword), await server.logIn('alice', alicePassword)]) {
      expect(codeOf(await approve(id, phone.number, cookie))).toBe('not_found')
      expect(codeOf(await server.ask('GET', `${apiPath}/device-links/${id}`, { cookie }))).toBe('not_found')
    }
    expect(codeOf(await post(`/${id}/approve`, { number: phone.number }))).toBe('unauthenticated')
    expect((await redeem(phone.claim)).status).toBe(202)
  })

  it('gives no younger proof and no longer life than the session that showed it', async () => {
    const [before] = await server.store.sessions.list()
    server.clock.nowMs += 9 * 60_000
    const { id, code } = await offer()
    const phone = await claim(code)
    await approve(id, phone.number)
    const cookie = cookieOf(await redeem(phone.claim))
    const opened = (await server.store.sessions.list()).find(({ method }) => method === 'device-link')
    expect(opened).toMatchObject({ provenAtMs: before?.provenAtMs, expiresAtMs: before?.expiresAtMs, factor: null })
    server.clock.nowMs += 2 * 60_000
    expect(codeOf(await post('', {}, cookie))).toBe('proof_too_old')
    expect(codeOf(await post('', {}, desk))).toBe('proof_too_old')
  })

  it('is shown to people alone, and never to keys', async () => {
    const alice = await server.store.users.findByName('alice')
    if (alice === undefined) throw new Error('no alice')
    const apiKey = await server.addKey(alice)
    const headers = { 'x-api-key': apiKey }
    expect(codeOf(await server.ask('POST', `${apiPath}/device-links`, { headers, body: {} }))).toBe('forbidden')
    const session = cookieOf(await server.ask('POST', `${apiPath}/login`, { body: { apiKey } }))
    expect(codeOf(await post('', {}, session))).toBe('forbidden')
    expect(codeOf(await post('', {}))).toBe('unauthenticated')
  })
})
