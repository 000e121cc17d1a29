/**
 * Does docs/identity/trusted-header.md say what works of gateways that sign what they say? Its blocks are run behind one.
 * Whoever comes past it, or through it with the assertion of somebody else, is nobody.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encode, forge, forgeHmac, issue, keyPairs } from '../../sidecar/src/identity/jwt/forge.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { type Configured, startConfigured, yamlOf } from '../support/configured.ts'
import { savedPicture } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import { type SigningGateway, startSigningGateway } from '../support/signing-gateway.ts'
import { api, codeOf, memberOf, type Peer, peerAt, type Reply } from './peer.ts'

const page = 'docs/identity/trusted-header.md'
const blocks = yamlOf(page).filter((block) => block.includes('jwt:'))
const [cloudflare = '', iap = '', pomerium = ''] = blocks

const mail = (person: string) => `${person}@example.com`
const products = [
  {
    ...{ name: 'Cloudflare Access', yaml: cloudflare, algorithm: 'RS256', header: 'Cf-Access-Jwt-Assertion' },
    logout: 'https://comfy.example.com/cdn-cgi/access/logout',
    claims: (person: string) => ({
      ...{ iss: 'https://studio.cloudflareaccess.com', sub: `id-of-${person}`, email: mail(person), type: 'app' },
      aud: ['4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2'],
    }),
  },
  {
    ...{ name: 'Google IAP', yaml: iap, algorithm: 'ES256', header: 'X-Goog-IAP-JWT-Assertion' },
    logout: 'https://comfy.example.com/?gcp-iap-mode=CLEAR_LOGIN_COOKIE',
    claims: (person: string) => ({
      ...{ iss: 'https://cloud.google.com/iap', sub: `accounts.google.com:${person}`, email: mail(person) },
      aud: '/projects/123456789012/global/backendServices/987654321098',
    }),
  },
  {
    ...{ name: 'Pomerium', yaml: pomerium, algorithm: 'ES256', header: 'X-Pomerium-Jwt-Assertion' },
    logout: 'https://comfy.example.com/.pomerium/sign_out',
    claims: (person: string) => ({
      ...{ iss: 'comfy.example.com', aud: ['comfy.example.com'], sub: `id-of-${person}`, email: mail(person) },
      groups: ['everybody', 'artists'],
    }),
  },
] as const

it('the page has a block for each of these gateways, and no other', () => {
  expect(blocks).toHaveLength(products.length)
})

describe.each(products)('behind $name', ({ yaml, algorithm, header, logout, claims }) => {
  let gateway: SigningGateway
  let site: Configured
  let door: Peer
  /** Reaches Gatehouse itself, from where the gateway does; and from elsewhere. */
  let past: Peer
  let stranger: Peer
  beforeAll(async () => {
    gateway = await startSigningGateway({ algorithm, header, claims })
    const addresses = yaml
      .replace(/jwks_url: \S+/, `jwks_url: ${gateway.jwksUrl}`)
      .replace(/from: \[.*\]/, 'from: [127.0.0.1]')
    site = await startConfigured(addresses)
    gateway.serves(site.address)
    door = peerAt('127.0.0.3', gateway)
    past = peerAt('127.0.0.1', site)
    stranger = peerAt('127.0.0.2', site)
    await until(async () => ((await door.ask('/ready', { headers: as('alice') })).status === 200 ? true : undefined))
  })
  afterAll(async () => {
    await site[Symbol.asyncDispose]()
    await gateway[Symbol.asyncDispose]()
  })

  const as = (person: string): readonly string[] => ['Cookie', `sso=${person}`]
  const own = () => ['Origin', gateway.address, 'Sec-Fetch-Site', 'same-origin']
  const me = (peer: Peer, headers: readonly string[], query = '') => peer.ask(`${api}/me${query}`, { headers })
  const userOf = (reply: Reply) => (reply.status === 200 ? memberOf(reply, 'user') : reply.status)

  it('whoever is signed in there is here, on pages, rows and sockets, with an account made at the first visit', async () => {
    expect(userOf(await me(door, as('alice')))).toBe('alice@example.com')
    expect((await door.ask('/', { headers: [...as('alice'), 'Sec-Fetch-Mode', 'navigate'] })).text).toContain(
      '/gatehouse/',
    )
    const socket = await door.opens({ cookie: 'sso=alice', origin: gateway.address }, '/ws?clientId=tab')
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
    let heard = ''
    socket.on('message', (data) => {
      heard += String(data)
    })
    const posted = await door.ask('/prompt', {
      ...{ method: 'POST', headers: [...as('alice'), ...own()] },
      body: { prompt: savedPicture('assertion'), client_id: 'tab' },
    })
    expect(posted.status).toBe(200)
    await until(async () => (heard.includes(String(memberOf(posted, 'prompt_id'))) ? true : undefined))
    socket.terminate()
    expect(userOf(await me(door, []))).toBe(302)
  })

  it('signing out leads there', async () => {
    const reply = await door.ask(`${api}/logout`, { method: 'POST', headers: [...as('alice'), ...own()] })
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, { next: logout }])
    const stays = await stranger.ask(`${api}/logout`, {
      ...{ method: 'POST', headers: ['Origin', site.address, 'Sec-Fetch-Site', 'same-origin'] },
    })
    expect(stays.status).toBe(204)
  })

  it('the assertion of somebody, sent past the gateway by another, proves nobody in any carrier', async () => {
    const stolen = await gateway.assertion('alice')
    expect(userOf(await me(past, [header, stolen]))).toBe('alice@example.com')
    const forwarded = ['X-Forwarded-For', '127.0.0.1', 'X-Real-IP', '127.0.0.1', 'Forwarded', 'for=127.0.0.1']
    for (const headers of [
      [header, stolen],
      [header, stolen, ...forwarded],
      ['Authorization', `Bearer ${stolen}`],
      ['X-API-Key', stolen],
    ]) {
      expect((await me(stranger, headers)).status, headers.join()).toBe(401)
      for (const path of ['/queue', '/api/queue']) expect((await stranger.ask(path, { headers })).status).toBe(401)
    }
    expect((await me(stranger, [], `?token=${stolen}`)).status).toBe(401)
    for (const path of ['/ws', '/api/ws']) expect(await stranger.opens({ [header]: stolen }, path)).toBe(401)
  })

  it('another name than that of the header is no header, wherever it comes from', async () => {
    const good = await gateway.assertion('alice')
    const names = [
      ...[header.replaceAll('-', '_'), header.replace('-', '_'), `X-${header}`, `${header}s`, `${header}-`],
      ...['Cf-Access-Token', 'X-Forwarded-Access-Token', 'X-Auth-Request-Access-Token', 'Assertion'],
    ]
    for (const name of names) {
      expect((await me(past, [name, good])).status, name).toBe(401)
      expect(await past.opens({ [name]: good }), name).toBe(401)
      expect(userOf(await me(door, [...as('bob'), name, good])), name).toBe('bob@example.com')
    }
    // The name itself may be spelt as anybody likes: it is one header for every reader.
    for (const name of [header.toLowerCase(), header.toUpperCase()]) {
      expect(userOf(await me(past, [name, good]))).toBe('alice@example.com')
    }
  })

  it('a wrong assertion refuses the request, also where something else would do', async () => {
    const now = Math.floor(Date.now() / 1_000)
    const good = await gateway.assertion('alice')
    const [head = '', body = '', signature = ''] = good.split('.')
    const pem = String(gateway.publicKey.export({ type: 'spki', format: 'pem' }))
    const payload = { ...claims('alice'), iat: now, exp: now + 300 }
    const { privateKey } = algorithm === 'RS256' ? keyPairs.rsa : keyPairs.p256
    const wrong: Readonly<Record<string, string>> = {
      unsigned: forge({ alg: 'none', kid: 'gateway' }, payload, ''),
      'without its signature': `${head}.${body}.`,
      'signed with the public key as a secret': forgeHmac({ alg: 'HS256', kid: 'gateway' }, payload, pem),
      'of a key of its own': await issue(payload, { alg: algorithm, kid: 'gateway' }, privateKey),
      'changed afterwards': `${head}.${encode({ ...payload, email: mail('olga') })}.${signature}`,
      'for another service': await gateway.assertion('alice', { aud: 'another' }),
      'for no service': await gateway.assertion('alice', { aud: [] }),
      'of another issuer': await gateway.assertion('alice', { iss: 'https://other.example' }),
      expired: await gateway.assertion('alice', { iat: now - 600, exp: now - 300 }),
      'without an end': await gateway.assertion('alice', { exp: undefined }),
      'of the future': await gateway.assertion('alice', { iat: now + 300, exp: now + 600 }),
      'of a machine without a name': await gateway.assertion('alice', { sub: '', email: undefined }),
      empty: '',
    }
    const { key } = await keyOf('dora')
    expect((await me(past, ['X-API-Key', key])).status).toBe(200)
    for (const [what, text] of Object.entries(wrong)) {
      for (const beside of [[], ['X-API-Key', key]]) {
        expect((await me(past, [header, text, ...beside])).status, what).toBe(401)
        expect((await past.ask('/queue', { headers: [header, text, ...beside] })).status, what).toBe(401)
      }
      if (text !== '') expect(await past.opens({ [header]: text }), what).toBe(401)
    }
  })

  it('two of them are none, and that of somebody else beside the own one is refused with both names', async () => {
    const [alice, bob] = [await gateway.assertion('alice'), await gateway.assertion('bob')]
    for (const second of [alice, bob]) expect((await me(past, [header, alice, header, second])).status).toBe(401)
    expect((await me(past, [header, `${alice}, ${bob}`])).status).toBe(401)
    // What a client sends under that name is replaced by the gateway.
    expect(userOf(await me(door, [...as('bob'), header, alice]))).toBe('bob@example.com')
    for (const headers of [
      [...as('bob'), 'Authorization', `Bearer ${alice}`],
      [...as('bob'), 'X-API-Key', (await keyOf('dora')).key],
    ]) {
      const reply = await me(door, headers)
      expect([reply.status, codeOf(reply)]).toEqual([400, 'conflicting_credentials'])
      expect(reply.text).toMatch(/different people: (?:jwt and jwt|api-key and jwt)\./)
    }
  })

  it('pages of other sites change nothing through the browser of somebody who is signed in there', async () => {
    const before = site.practice.requests.length
    for (const foreign of [
      ['Origin', 'https://evil.test'],
      ['Origin', 'null'],
      ['Sec-Fetch-Site', 'same-site'],
    ]) {
      for (const path of ['/prompt', '/api/interrupt', `${api}/logout`]) {
        const reply = await door.ask(path, { method: 'POST', headers: [...as('alice'), ...foreign], body: {} })
        expect([reply.status, codeOf(reply)], `${path} ${foreign}`).toEqual([403, 'cross_site'])
      }
    }
    expect(await door.opens({ cookie: 'sso=alice', origin: 'https://evil.test' })).toBe(403)
    const sent = ['Sec-Fetch-Site', 'cross-site', 'Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document']
    expect((await door.ask('/', { headers: [...as('alice'), ...sent] })).status).toBe(200)
    expect(site.practice.requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([])
  })

  it('ComfyUI hears neither the header nor the assertion', async () => {
    const before = site.practice.requests.length
    const spelt = [header.replaceAll('-', '_'), await gateway.assertion('bob')]
    const headers = [...as('alice'), ...own(), ...spelt]
    const posted = await door.ask('/prompt', { method: 'POST', headers, body: { prompt: savedPicture('unheard') } })
    expect(posted.status).toBe(200)
    expect((await door.ask('/view?filename=none.png&type=input', { headers })).status).toBe(404)
    const heard = await until(async () => {
      const since = site.practice.requests.slice(before)
      return since.some(({ url }) => url.endsWith('/prompt')) ? since : undefined
    })
    const told = heard.map(({ url, rawHeaders, body }) => `${url}\n${rawHeaders.join('\n')}\n${body}`).join('\n')
    expect(told.toLowerCase()).not.toMatch(/assertion[^_]|sso=|eyj|example\.com/)
  })

  it('who administers logs in here as well, however new the assertion is', async () => {
    await me(door, as('olga'))
    const olga = await until(() => site.store.users.findByName('olga@example.com'))
    await site.store.users.setPassword(olga.id, await createPasswords().hash('amber Lantern 4711'))
    if (!yaml.includes('roles:')) await site.store.users.setRole(olga.id, 'owner')
    const isOwner = !yaml.includes('roles:')
    const makesKey = (cookie: string) =>
      door.ask(`${api}/keys`, {
        ...{ method: 'POST', headers: ['Cookie', cookie, ...own()], body: { label: 'more', expiresInDays: 1 } },
      })
    const restarts = (cookie: string) =>
      door.ask('/manager/reboot', { method: 'POST', headers: ['Cookie', cookie, ...own()] })
    expect((await makesKey('sso=olga')).status).toBe(403)
    // Once the new role is known.
    if (isOwner) await until(async () => (isTooOld(await restarts('sso=olga')) ? true : undefined))
    const login = await door.ask(`${api}/login`, {
      ...{ method: 'POST', headers: [...as('olga'), ...own()] },
      body: { username: 'olga@example.com', password: 'amber Lantern 4711' },
    })
    expect(login.status).toBe(200)
    const both = `sso=olga; ${String(login.headers['set-cookie']?.[0]).split(';', 1)[0]}`
    expect((await makesKey(both)).status).toBe(201)
    expect(isTooOld(await restarts(both))).toBe(false)
  })

  const isTooOld = ({ status, text }: Reply): boolean => status === 403 && text.includes('proof_too_old')

  async function keyOf(name: string) {
    const { mintApiKey } = await import('../../sidecar/src/identity/api-key.ts')
    const known = await site.store.users.findByName(name)
    const member = known ?? (await site.store.users.add({ name, role: 'user', passwordHash: null }))
    const { id, key, secretHash } = mintApiKey()
    await site.store.apiKeys.add({ id, userId: member.id, label: 'test', secretHash, expiresAtMs: null })
    return { key }
  }
})
