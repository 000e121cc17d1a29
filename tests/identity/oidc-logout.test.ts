import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createWalker, type Walker } from '../support/cookie-jar.ts'
import { clientId } from '../support/oidc-issuer.ts'
import { until } from '../support/person.ts'
import { type CompanyLogin, companyYaml, startCompanyLogin } from './company-login.ts'

let stage: CompanyLogin
let walker: Walker
beforeEach(async () => {
  walker = createWalker()
  stage = await startCompanyLogin((issuer) => companyYaml(issuer, '      logout: provider\n'))
  stage.issuer.people.set('u-1', { preferred_username: 'anna' })
  stage.issuer.people.set('u-2', { preferred_username: 'bert' })
})
afterEach(() => stage[Symbol.asyncDispose]())

type Claims = Readonly<Record<string, unknown>>
const event = 'http://schemas.openid.net/event/backchannel-logout'

function logoutClaims(more: Claims = {}): Claims {
  const now = Math.floor(Date.now() / 1_000)
  const usual = { iss: stage.issuer.url, aud: clientId, iat: now, exp: now + 120, jti: crypto.randomUUID() }
  return { ...usual, sub: 'u-1', events: { [event]: {} }, ...more }
}

function tells(token: string, name = 'company'): Promise<Response> {
  return fetch(`${stage.api}/oidc/${name}/backchannel`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  })
}

async function says(
  more: Claims = {},
  header: Readonly<Record<string, string>> = { typ: 'logout+jwt' },
): Promise<number> {
  return (await tells(await stage.issuer.signs(logoutClaims(more), header))).status
}

async function socketOf(of: Walker): Promise<WebSocket> {
  const cookie = [...of.cookies(stage.gatehouse.address)].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { cookie, origin: stage.gatehouse.address }
  const socket = new WebSocket(`${stage.gatehouse.address.replace('http', 'ws')}/ws`, { headers })
  await once(socket, 'open')
  return socket
}

describe('a provider that says who signed out there', () => {
  it('ends the sessions of that person, sockets too, and nobody else has to go', async () => {
    const [second, bert] = [createWalker(), createWalker()]
    await stage.logsIn(walker, 'u-1')
    await stage.logsIn(second, 'u-1')
    await stage.logsIn(bert, 'u-2')
    const socket = await socketOf(walker)
    const closed = once(socket, 'close')
    expect(await says()).toBe(200)
    await closed
    expect([await stage.me(walker), await stage.me(second), await stage.me(bert)]).toEqual([
      undefined,
      undefined,
      'bert',
    ])
  })

  it('ends the one session that it names', async () => {
    const second = createWalker()
    await stage.logsIn(walker, 'u-1')
    await stage.logsIn(second, 'u-1')
    const [, first] = await stage.gatehouse.store.sessions.list()
    expect(await says({ sid: first?.issuerSession })).toBe(200)
    expect([await stage.me(walker), await stage.me(second)]).toEqual([undefined, 'anna'])
  })

  it('does so itself, with the token it really sends', async () => {
    await stage.logsIn(walker, 'u-1')
    await stage.issuer.signsOut('u-1')
    expect(await stage.me(walker)).toBeUndefined()
  })

  it('is believed once', async () => {
    const token = await stage.issuer.signs(logoutClaims(), { typ: 'logout+jwt' })
    expect((await tells(token)).status).toBe(200)
    await stage.logsIn(walker, 'u-1')
    expect((await tells(token)).status).toBe(400)
    expect(await stage.me(walker)).toBe('anna')
  })

  it('needs no typ, as older ones send none', async () => {
    await stage.logsIn(walker, 'u-1')
    expect(await says({}, {})).toBe(200)
    expect(await stage.me(walker)).toBeUndefined()
  })

  it.each<[string, () => Claims, Readonly<Record<string, string>>?]>([
    ['an ID token, with its nonce', () => ({ nonce: 'n' })],
    ['no event', () => ({ events: {} })],
    ['an event that is no object', () => ({ events: { [event]: true } })],
    ['events that are a list', () => ({ events: [event] })],
    ['no id', () => ({ jti: undefined })],
    ['nobody', () => ({ sub: undefined })],
    ['a person that is no text', () => ({ sub: ['u-1'] })],
    ['a session that is no text', () => ({ sid: { a: 1 } })],
    ['another issuer', () => ({ iss: 'https://other.example' })],
    ['another client', () => ({ aud: 'somebody-else' })],
    ['an end in the past', () => ({ exp: 1 })],
    ['no time', () => ({ iat: undefined })],
    ['an old time', () => ({ iat: Math.floor(Date.now() / 1_000) - 3_600 })],
    ['the type of an access token', () => ({}), { typ: 'at+jwt' }],
    ['the type of another kind', () => ({}), { typ: 'dpop+jwt' }],
    ['an unknown key', () => ({}), { typ: 'logout+jwt', kid: 'other' }],
  ])('is not believed with %s', async (_what, more, header) => {
    await stage.logsIn(walker, 'u-1')
    expect(await says(more(), header)).toBe(400)
    expect(await stage.me(walker)).toBe('anna')
  })

  it('is not believed without a signature, in another form, or under another name', async () => {
    await stage.logsIn(walker, 'u-1')
    const token = await stage.issuer.signs(logoutClaims(), { typ: 'logout+jwt' })
    const [head, body] = token.split('.')
    for (const text of ['', 'x', `${head}.${body}.`, `${head}.${body}.AAAA`, 'a'.repeat(20_000)]) {
      expect((await tells(text)).status).toBe(400)
    }
    const json = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ logout_token: token }),
    }
    expect((await fetch(`${stage.api}/oidc/company/backchannel`, json)).status).toBe(400)
    expect((await tells(token, 'other')).status).toBe(404)
    expect(await stage.me(walker)).toBe('anna')
  })
})

describe('signing out here', () => {
  it('leads to the sign-out page of the provider, without anything of the person', async () => {
    await stage.logsIn(walker, 'u-1')
    const answer = await walker.go(`${stage.api}/logout`, { method: 'POST' })
    const { next } = await answer.json()
    const url = new URL(next)
    expect(url.origin).toBe(stage.issuer.url)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: clientId,
      post_logout_redirect_uri: `${stage.gatehouse.address}/login`,
    })
    expect(await stage.me(walker)).toBeUndefined()
  })

  it('succeeds while the provider is down, and ends there where nothing else was wished', async () => {
    await stage.logsIn(walker, 'u-1')
    stage.gatehouse.rewrite(companyYaml(stage.issuer.url))
    expect((await walker.go(`${stage.api}/logout`, { method: 'POST' })).status).toBe(204)
    await stage.gatehouse.restart()
    await stage.logsIn(walker, 'u-1')
    stage.gatehouse.rewrite(companyYaml(stage.issuer.url, '      logout: provider\n'))
    stage.issuer.isDown = true
    expect((await walker.go(`${stage.api}/logout`, { method: 'POST' })).status).toBe(204)
    await until(async () => ((await stage.me(walker)) === undefined ? true : undefined))
  })
})
