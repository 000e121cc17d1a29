/** How may a JSON Web Token come, and what is it worth there? Every carrier, both prefixes, requests and upgrades. */
import { once } from 'node:events'
import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { encode, forge, forgeHmac, goodClaims } from '../../sidecar/src/identity/jwt/forge.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { until } from '../support/person.ts'
import { startTokenIssuer, type TokenIssuer } from '../support/token-issuer.ts'

let issuer: TokenIssuer
let site: Configured

const settings = (more = '') => `
auth:
  jwt:
    - name: studio
      issuer: ${issuer.url}
      audience: comfyui
      jwks_url: ${issuer.jwksUrl}
      clock_skew: 0s
      header: X-Studio-Token
      cookie: studio_token
      ${more}
`

beforeAll(async () => {
  issuer = await startTokenIssuer()
  site = await startConfigured(settings())
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await issuer[Symbol.asyncDispose]()
})

type Headers = Readonly<Record<string, string>>
interface Carried {
  readonly headers: Headers
  readonly query: string
}

const carriers: Readonly<Record<string, (token: string) => Carried>> = {
  'Authorization: Bearer': (token) => ({ headers: { authorization: `Bearer ${token}` }, query: '' }),
  'X-API-Key': (token) => ({ headers: { 'x-api-key': token }, query: '' }),
  '?token=': (token) => ({ headers: {}, query: `?token=${token}` }),
  'a named header': (token) => ({ headers: { 'x-studio-token': token }, query: '' }),
  // Its page is one of ours.
  'a named cookie': (token) => ({
    headers: { cookie: `other=1; studio_token=${token}`, origin: site.address },
    query: '',
  }),
}

const ask = (path: string, { headers, query }: Carried, init: RequestInit = {}) =>
  fetch(`${site.address}${path}${query}`, { redirect: 'manual', ...init, headers: { ...headers, ...init.headers } })

async function upgrade(
  path: string,
  { headers, query }: Carried,
): Promise<{ readonly status: number; readonly socket: WebSocket }> {
  const socket = new WebSocket(`${site.address.replace('http', 'ws')}${path}${query}`, { headers })
  return new Promise((resolve) => {
    socket.on('error', () => undefined)
    socket.on('open', () => resolve({ status: 101, socket }))
    socket.on('unexpected-response', (_request, response) => resolve({ status: response.statusCode ?? 0, socket }))
  })
}

/** Every door under both prefixes. */
async function statuses(carried: Carried): Promise<readonly number[]> {
  const asked = ['/queue', '/api/queue'].map(async (path) => (await ask(path, carried)).status)
  const upgraded = ['/ws', '/api/ws'].map(async (path) => {
    const { status, socket } = await upgrade(path, carried)
    socket.terminate()
    return status
  })
  return Promise.all([...asked, ...upgraded])
}

describe.each(Object.entries(carriers))('a token in %s', (name, carry) => {
  it('proves its subject at every door, and nobody when it is forged or expired', async () => {
    expect(await statuses(carry(await issuer.token('alice')))).toEqual([200, 200, 101, 101])
    const past = Math.floor(Date.now() / 1_000) - 1
    for (const token of [await issuer.token('alice', { exp: past }), `${await issuer.token('alice')}x`]) {
      expect(await statuses(carry(token))).toEqual([401, 401, 401, 401])
    }
  })

  it('with many groups is long, and good', async () => {
    const long = await issuer.token('alice', {
      groups: Array.from({ length: 300 }, (_, index) => `group-number-${index}`),
    })
    expect(long.length).toBeGreaterThan(6_000)
    expect(await statuses(carry(long))).toEqual([200, 200, 101, 101])
  })

  it('of a megabyte never reaches anything', async () => {
    const huge = forge({ alg: 'RS256' }, { iss: issuer.url, aud: 'comfyui', fill: 'x'.repeat(1_000_000) }, 'x')
    const answered = await ask('/queue', carry(huge)).then(
      ({ status }) => status,
      () => 431,
    )
    expect([400, 401, 414, 431]).toContain(answered)
    expect((await ask('/queue', carry(await issuer.token('alice')))).status).toBe(200)
  })

  it(`is told apart from the credential of somebody else beside it`, async () => {
    const other =
      name === 'Authorization: Bearer' ? { 'x-api-key': await issuer.token('bob') } : bearer(await issuer.token('bob'))
    const { headers, query } = carry(await issuer.token('alice'))
    const answer = await ask('/queue', { headers: { ...headers, ...other }, query })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('jwt and jwt')
  })
})

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })

describe('a refused token', () => {
  it('is refused in the same words whatever is wrong with it, and never in favour of a cookie', async () => {
    const good = await issuer.token('alice')
    const { authorization } = bearer(good)
    const claims = { ...goodClaims, iss: issuer.url }
    const pem = issuer.publicKey('one').export({ type: 'spki', format: 'pem' })
    const tokens = [
      forge({ alg: 'none' }, claims, ''),
      forgeHmac({ alg: 'HS256', kid: 'one' }, claims, pem),
      forge({ alg: 'RS256', kid: '../../etc/passwd' }, claims, 'x'),
      forge({ alg: 'RS256', kid: 'one', jku: `${issuer.url}/mine` }, claims, 'x'),
      forge({ alg: 'RS256', kid: 'one', crit: ['b64'] }, claims, 'x'),
      await issuer.token('alice', { iss: 'https://elsewhere.example' }),
      await issuer.token('alice', { aud: 'elsewhere' }),
      await issuer.token('alice', { exp: 1 }),
      await issuer.token('', {}),
      `${good.slice(0, -8)}AAAAAAAA`,
      `${encode({ alg: 'RS256', kid: 'one' })}.${encode({ ...claims, sub: 'mallory' })}.${good.split('.')[2]}`,
    ]
    expect((await ask('/queue', { headers: { authorization: authorization ?? '' }, query: '' })).status).toBe(200)
    const said = new Set<string>()
    for (const token of tokens) {
      for (const path of ['/queue', '/api/queue']) {
        const cookie = `studio_token=${good}`
        const answer = await ask(path, { headers: { ...bearer(token), cookie }, query: '' })
        expect(answer.status, token).toBe(401)
        expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="Gatehouse", error="invalid_token"')
        said.add((await answer.text()).replace(/"request_id":"[^"]*"/, ''))
      }
    }
    expect(said.size).toBe(1)
    expect([...said][0]).toContain('The token is not accepted.')
    expect(issuer.otherPaths()).toEqual([])
  })

  it('says so at a refused upgrade, too', async () => {
    const socket = new WebSocket(`${site.address.replace('http', 'ws')}/ws`, {
      headers: bearer(forge({ alg: 'none' }, goodClaims, '')),
    })
    socket.on('error', () => undefined)
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.headers['www-authenticate']).toBe('Bearer realm="Gatehouse", error="invalid_token"')
  })

  it('in the address of a page opens none', async () => {
    // fetch says of itself that it opens no page.
    const headers = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }
    const asked = get(`${site.address}/?token=${await issuer.token('alice')}`, { headers })
    const [answer] = await once(asked, 'response')
    answer.resume()
    expect([answer.statusCode, answer.headers.location]).toEqual([302, '/login'])
  })
})

describe('a token that a browser adds by itself', () => {
  it('needs the checks against other sites, as our own cookie does', async () => {
    const token = await issuer.token('alice')
    const cookie = { cookie: `studio_token=${token}` }
    const post = (headers: Headers) => ask('/api/interrupt', { headers, query: '' }, { method: 'POST', body: '{}' })
    expect((await post({ ...cookie, origin: site.address })).status).toBe(200)
    for (const foreign of ['https://evil.example', 'null', 'http://127.0.0.1:1']) {
      expect((await post({ ...cookie, origin: foreign })).status, foreign).toBe(403)
      expect((await upgrade('/ws', { headers: { ...cookie, origin: foreign }, query: '' })).status, foreign).toBe(403)
    }
    expect((await post({ ...cookie, 'sec-fetch-site': 'same-site' })).status).toBe(403)
    // Every browser names the page that opens a socket.
    expect((await upgrade('/ws', { headers: cookie, query: '' })).status).toBe(403)
    expect((await post({ 'x-studio-token': token, origin: 'https://evil.example' })).status).toBe(403)
    // What no browser adds, no foreign page can send.
    expect((await post({ ...bearer(token), origin: 'https://evil.example' })).status).toBe(200)
  })

  it('twice is a planted one', async () => {
    const token = await issuer.token('alice')
    for (const cookie of [`studio_token=${token}; studio_token=${token}`, `studio_token; studio_token=${token}`]) {
      expect((await ask('/queue', { headers: { cookie }, query: '' })).status).toBe(401)
    }
  })

  it('of other spellings is none', async () => {
    const token = await issuer.token('alice')
    for (const header of ['X_Studio_Token', 'X-Studio_Token', 'Studio-Token', 'X-Studio-Tokens']) {
      expect((await ask('/queue', { headers: { [header]: token }, query: '' })).status, header).toBe(401)
    }
    expect((await ask('/queue', { headers: { cookie: `Studio_Token=${token}` }, query: '' })).status).toBe(401)
  })
})

describe('a socket that a token opened', () => {
  const opened = async (token: string) => {
    const { socket } = await upgrade('/ws', { headers: bearer(token), query: '' })
    return { socket, closed: once(socket, 'close') }
  }

  it('ends with it', async () => {
    const ends = Math.floor(Date.now() / 1_000) + 2
    const { closed } = await opened(await issuer.token('alice', { exp: ends }))
    const [code] = await closed
    expect(code).toBe(4401)
    expect(Date.now()).toBeGreaterThanOrEqual(ends * 1_000)
  })

  it('ends when the person is disabled, whose remembered token then proves nobody', async () => {
    const token = await issuer.token('carol')
    const { closed } = await opened(token)
    const member = await until(() => site.store.users.findByName('carol'))
    await site.store.users.setState(member.id, 'disabled')
    expect((await closed)[0]).toBe(4401)
    expect((await ask('/queue', { headers: bearer(token), query: '' })).status).toBe(401)
    await site.store.users.setState(member.id, 'active')
    await until(async () =>
      (await ask('/queue', { headers: bearer(token), query: '' })).status === 200 ? true : undefined,
    )
  })

  it('ends when its issuer is believed no more, or otherwise, and at no other change of the settings', async () => {
    const token = await issuer.token('alice')
    const { socket, closed } = await opened(token)
    site.rewrite(`${settings()}\nlimits: { pending_jobs: 7 }`)
    expect((await ask('/queue', { headers: bearer(token), query: '' })).status).toBe(200)
    expect(socket.readyState).toBe(WebSocket.OPEN)
    site.rewrite(settings('max_age: 1h'))
    expect((await closed)[0]).toBe(4401)
    const again = await opened(token)
    site.rewrite('auth: { jwt: [] }')
    expect((await again.closed)[0]).toBe(4401)
    expect((await ask('/queue', { headers: bearer(token), query: '' })).status).toBe(401)
    site.rewrite(settings())
    expect((await ask('/queue', { headers: bearer(token), query: '' })).status).toBe(200)
  })
})
