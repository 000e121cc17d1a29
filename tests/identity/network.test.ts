/**
 * Where somebody comes from counts for lists, keys, waits and records: the address of the connection, or behind a
 * listed proxy the one it hands on, and never what a client says of itself (A14, A16, B01, B07).
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { until } from '../support/person.ts'
import { api, codeOf, type Peer, peerAt } from './peer.ts'

const proxied = (more = '') => `
network:
  trusted_proxies: [127.0.0.1, 127.0.1.0/24]
${more}`

const password = 'amber Lantern 4711'
let site: Configured
let proxy: Peer
let stranger: Peer
let key: string
beforeAll(async () => {
  site = await startConfigured(proxied())
  proxy = peerAt('127.0.0.1', site)
  stranger = peerAt('127.0.0.2', site)
  const passwords = createPasswords()
  const passwordHash = await passwords.hash(password)
  for (const name of ['alice', 'victim']) {
    await site.store.users.add({ name, role: 'user', passwordHash, tenantName: name })
  }
  const alice = await site.store.users.findByName('alice')
  if (alice === undefined) throw new Error('alice is missing')
  const minted = mintApiKey()
  key = minted.key
  await site.store.apiKeys.add({
    ...{ id: minted.id, userId: alice.id, label: 'test', secretHash: minted.secretHash, expiresAtMs: null },
  })
})
afterAll(() => site[Symbol.asyncDispose]())
beforeEach(() => site.rewrite(proxied()))

const from = (...addresses: readonly string[]) => ['X-Forwarded-For', addresses.join(', ')]
const bearer = () => ['Authorization', `Bearer ${key}`]
const login = (peer: Peer, username: string, secret: string, headers: readonly string[] = []) =>
  peer.ask(`${api}/login`, { method: 'POST', headers, body: { username, password: secret } })

async function requireOpen(peer: Peer, headers: Readonly<Record<string, string>>): Promise<WebSocket> {
  const opened = await peer.opens({ authorization: `Bearer ${key}`, ...headers })
  if (typeof opened === 'number') throw new Error(`refused with ${opened}`)
  return opened
}

describe('the address of a session', () => {
  const addressOf = async (peer: Peer, headers: readonly string[]): Promise<string | undefined> => {
    const alice = await site.store.users.findByName('alice')
    const reply = await login(peer, 'alice', password, headers)
    expect(reply.status).toBe(200)
    const sessions = alice === undefined ? [] : await site.store.sessions.list(alice.id)
    const newest = sessions.toSorted((a, b) => b.createdAtMs - a.createdAtMs)[0]
    for (const { hash } of sessions) await site.store.sessions.revoke(hash)
    return newest?.address
  }

  it('is the one that a listed proxy hands on', async () => {
    expect(await addressOf(proxy, from('203.0.113.9'))).toBe('203.0.113.9')
    expect(await addressOf(proxy, from('6.6.6.6', '203.0.113.9'))).toBe('203.0.113.9')
    expect(await addressOf(proxy, from('203.0.113.9', '127.0.1.7'))).toBe('203.0.113.9')
    expect(await addressOf(proxy, from('::ffff:203.0.113.9'))).toBe('203.0.113.9')
    expect(await addressOf(proxy, ['x-forwarded-for', '6.6.6.6', 'X-FORWARDED-FOR', '203.0.113.9'])).toBe('203.0.113.9')
  })

  it('is that of the connection for everybody else, and for what is no address', async () => {
    expect(await addressOf(stranger, from('203.0.113.9'))).toBe('127.0.0.2')
    expect(await addressOf(stranger, ['Forwarded', 'for=203.0.113.9', 'X-Real-IP', '203.0.113.9'])).toBe('127.0.0.2')
    expect(await addressOf(proxy, from('203.0.113.9', 'unknown'))).toBe('127.0.0.1')
    expect(await addressOf(proxy, ['X_Forwarded_For', '203.0.113.9'])).toBe('127.0.0.1')
    expect(await addressOf(proxy, ['X-Real-IP', '203.0.113.9'])).toBe('127.0.0.1')
    expect(await addressOf(proxy, [])).toBe('127.0.0.1')
  })

  it('is read from the one header that is configured', async () => {
    site.rewrite(proxied('  forwarded_header: forwarded\n'))
    const both = [...from('203.0.113.1'), 'Forwarded', 'for="203.0.113.2:4711";proto=http']
    expect(await addressOf(proxy, both)).toBe('203.0.113.2')
    site.rewrite('tenancy: { mode: separate }')
    expect(await addressOf(proxy, both)).toBe('127.0.0.1')
  })
})

describe('lists of addresses', () => {
  it('refuse everything to whoever is on them, without a word of what is there', async () => {
    site.rewrite(proxied('  deny: [203.0.113.0/24, 127.0.0.2]\n'))
    const paths = [
      '/',
      '/login',
      '/queue',
      '/api/queue',
      `${api}/me`,
      '/assets/none.js',
      '/nothing',
      '/ready',
      '/health',
    ]
    for (const path of paths) {
      const denied = await proxy.ask(path, { headers: [...bearer(), ...from('203.0.113.9')] })
      expect([denied.status, codeOf(denied)], path).toEqual([403, 'address_refused'])
    }
    expect((await stranger.ask('/queue', { headers: bearer() })).status).toBe(403)
    expect((await login(proxy, 'alice', password, from('203.0.113.9'))).status).toBe(403)
    expect(await proxy.opens({ authorization: `Bearer ${key}`, 'x-forwarded-for': '203.0.113.9' })).toBe(403)
    expect((await proxy.ask('/queue', { headers: [...bearer(), ...from('198.51.100.1')] })).status).toBe(200)
    const refusal = await proxy.ask('/queue', { headers: from('203.0.113.9') })
    expect(refusal.text).toContain('This is not served to your address.')
  })

  it('let in only whom an allow list names, and not whom a deny list names as well', async () => {
    site.rewrite(proxied('  allow: [198.51.100.0/24]\n  deny: [198.51.100.66]\n'))
    const statusOf = async (address: string) =>
      (await proxy.ask('/queue', { headers: [...bearer(), ...from(address)] })).status
    expect(await statusOf('198.51.100.1')).toBe(200)
    expect(await statusOf('198.51.100.66')).toBe(403)
    expect(await statusOf('203.0.113.9')).toBe(403)
    expect((await stranger.ask('/queue', { headers: [...bearer(), ...from('198.51.100.1')] })).status).toBe(403)
  })

  it('leave health to programs on this machine, and to nobody whose request was handed on', async () => {
    site.rewrite(proxied('  allow: [198.51.100.0/24]\n'))
    for (const path of ['/health', '/api/health', '/ready']) {
      expect((await stranger.ask(path)).status, path).toBeLessThan(400)
      expect((await stranger.ask(path, { headers: ['X-Real-IP', '127.0.0.1'] })).status, path).toBe(403)
      expect((await stranger.ask(path, { headers: from('203.0.113.9') })).status, path).toBe(403)
    }
    expect((await stranger.ask('/health/x')).status).toBe(403)
    expect((await stranger.ask('/queue', { headers: bearer() })).status).toBe(403)
  })

  it('of a role refuse its people after they proved themselves, and open no session', async () => {
    site.rewrite(`${proxied()}\nroles: { user: { addresses: { allow: [198.51.100.0/24] } } }\n`)
    const wrong = await login(proxy, 'alice', 'not the password', from('203.0.113.9'))
    const right = await login(proxy, 'alice', password, from('203.0.113.9'))
    expect([codeOf(wrong), codeOf(right)]).toEqual(['bad_credentials', 'address_refused'])
    expect(right.headers['set-cookie']).toBeUndefined()
    for (const path of ['/queue', `${api}/me`]) {
      const denied = await proxy.ask(path, { headers: [...bearer(), ...from('203.0.113.9')] })
      expect([denied.status, codeOf(denied)], path).toEqual([403, 'address_refused'])
      expect((await proxy.ask(path, { headers: [...bearer(), ...from('198.51.100.1')] })).status, path).toBe(200)
    }
    expect((await login(proxy, 'alice', password, from('198.51.100.1'))).status).toBe(200)
  })

  it('of a key refuse it elsewhere', async () => {
    const alice = await site.store.users.findByName('alice')
    if (alice === undefined) throw new Error('alice is missing')
    const { id, key: own, secretHash } = mintApiKey()
    const addresses = ['198.51.100.0/24']
    await site.store.apiKeys.add({
      ...{ id, userId: alice.id, label: 'test', secretHash, expiresAtMs: null, addresses },
    })
    const ask = (address: string, text = own) => proxy.ask('/queue', { headers: ['X-API-Key', text, ...from(address)] })
    expect((await ask('198.51.100.1')).status).toBe(200)
    expect(codeOf(await ask('203.0.113.9'))).toBe('address_refused')
    expect(codeOf(await ask('203.0.113.9', `${own.slice(0, -1)}!`))).toBe('unauthenticated')
  })

  it('close the sockets of whoever may not come any more, and of nobody else', async () => {
    const [denied, kept] = [
      await requireOpen(proxy, { 'x-forwarded-for': '203.0.113.9' }),
      await requireOpen(proxy, { 'x-forwarded-for': '198.51.100.1' }),
    ]
    const closed = new Promise<number>((resolve) => denied.once('close', resolve))
    site.rewrite(proxied('  deny: [203.0.113.0/24]\n'))
    expect(await closed).toBe(4401)
    expect(kept.readyState).toBe(kept.OPEN)
    const keptCloses = new Promise<number>((resolve) => kept.once('close', resolve))
    site.rewrite(`${proxied()}\nroles: { user: { addresses: { deny: [198.51.100.0/24] } } }\n`)
    expect(await keptCloses).toBe(4401)
  })

  it('are written down when they refuse somebody', async () => {
    site.rewrite(proxied('  deny: [203.0.113.77]\n'))
    await proxy.ask('/queue', { headers: from('203.0.113.77') })
    await proxy.ask('/queue', { headers: from('203.0.113.77') })
    const events = await until(async () => {
      const page = await site.store.audit.page({ from: { after: 0 }, kind: 'address.refused', limit: 100 })
      const found = page.filter(({ event }) => event.includes('203.0.113.77'))
      return found.length > 0 ? found : undefined
    })
    expect(events).toHaveLength(1)
    expect(events[0]?.target).toBe('network')
  })

  it('are followed only when the whole file is right', async () => {
    site.rewrite(proxied('  deny: [203.0.113.0/24]\n'))
    site.rewrite(proxied('  deny: [203.0.113.1/24]\n'))
    expect((await proxy.ask('/queue', { headers: from('203.0.113.9') })).status).toBe(403)
  })
})

describe('a forwarded scheme, host or address', () => {
  it('decides nothing else, not even from a listed proxy', async () => {
    const forged = ['X-Forwarded-Host', 'evil.test', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Port', '443']
    const reply = await login(proxy, 'alice', password, [...from('203.0.113.9'), ...forged])
    expect(String(reply.headers['set-cookie']?.[0])).not.toContain('Secure')
    const cookie = String(reply.headers['set-cookie']?.[0]).split(';', 1)[0] ?? ''
    const cross = await proxy.ask('/settings', {
      ...{ method: 'POST', headers: ['Cookie', cookie, 'Origin', 'https://evil.test', ...forged], body: {} },
    })
    expect([cross.status, codeOf(cross)]).toEqual([403, 'cross_site'])
    const page = await proxy.ask('/', { headers: ['Sec-Fetch-Mode', 'navigate', ...forged] })
    expect(page.headers.location).toBe('/login')
  })

  it('skips no login, whatever path it names', async () => {
    const paths = ['/health', '/login', '/assets/x.js', '/gatehouse/inject.js']
    for (const name of ['X-Forwarded-Uri', 'X-Original-URL', 'X-Rewrite-URL', 'X-Original-URI', 'X-Forwarded-Path']) {
      for (const path of paths) {
        for (const peer of [proxy, stranger]) {
          expect((await peer.ask('/queue', { headers: [name, path, ...from('127.0.0.1')] })).status, name).toBe(401)
        }
      }
    }
  })
})

describe('whoever guesses', () => {
  /** Until it has to wait; more tries than that are enough. */
  async function triesUntilRefused(
    guess: (index: number) => Promise<{ status: number }>,
    most: number,
  ): Promise<number> {
    for (let index = 0; index < most; index += 1) {
      if ((await guess(index)).status === 429) return index
    }
    return most
  }

  it('waits under every spelling of the name and with every header that names an address or a device', async () => {
    const names = ['victim', 'VICTIM', 'Victim', ' victim ', '\uff56\uff49\uff43\uff54\uff49\uff4d']
    const evasion = (index: number) => [
      ...['X-Forwarded-For', `6.6.6.${index}`, 'X-Real-IP', `6.6.6.${index}`, 'Forwarded', `for=6.6.6.${index}`],
      ...['X-Device-ID', `device-${index}`, 'True-Client-IP', `6.6.6.${index}`, 'User-Agent', `agent-${index}`],
    ]
    const tries = await triesUntilRefused(
      (index) => login(stranger, names[index % names.length] ?? '', `guess ${index}`, evasion(index)),
      12,
    )
    expect(tries).toBeLessThan(8)
  })

  it('waits behind a proxy, however much it writes into the header before the proxy does', async () => {
    const tries = await triesUntilRefused(
      (index) => login(proxy, 'victim', `guess ${index}`, from(`6.6.6.${index}`, '203.0.113.50')),
      12,
    )
    expect(tries).toBeLessThan(8)
  })

  it('makes nobody else wait: not others behind the proxy, and not the victim', async () => {
    await triesUntilRefused((index) => login(proxy, 'victim', `guess ${index}`, from('203.0.113.60')), 12)
    expect((await login(proxy, 'victim', password, from('198.51.100.7'))).status).toBe(200)
    expect((await login(proxy, 'alice', password, from('203.0.113.60'))).status).toBe(200)
  })

  it('makes nobody wait at the same address in a browser where they were signed in before', async () => {
    const here = from('203.0.113.80')
    const first = await login(proxy, 'victim', password, here)
    const session = String(first.headers['set-cookie']?.[0]).split(';', 1)[0] ?? ''
    const me = await proxy.ask(`${api}/me`, { headers: ['Cookie', session, ...here] })
    const known = String(me.headers['set-cookie']?.[0])
    expect(known).toMatch(/^gh_known_\w+=[\w.-]+; Max-Age=31536000; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/)
    const cookie = ['Cookie', known.split(';', 1)[0] ?? '']
    await triesUntilRefused((index) => login(proxy, 'victim', `guess ${index}`, here), 12)
    expect((await login(proxy, 'victim', password, here)).status).toBe(429)
    expect((await login(proxy, 'victim', password, [...here, ...cookie])).status).toBe(200)
    // It is worth nothing to anybody else, and no endless supply of tries.
    const stolen = await triesUntilRefused(
      (index) => login(proxy, 'victim', `guess ${index}`, [...here, ...cookie]),
      12,
    )
    expect(stolen).toBeLessThan(8)
    const elsewhere = await triesUntilRefused(
      (index) => login(proxy, 'alice', `guess ${index}`, [...from('203.0.113.81'), ...cookie]),
      12,
    )
    expect(elsewhere).toBeLessThan(8)
  })

  it('waits within one IPv6 network', async () => {
    const tries = await triesUntilRefused(
      (index) => login(proxy, 'victim', `guess ${index}`, from(`2001:db8:5:6::${(index + 1).toString(16)}`)),
      12,
    )
    expect(tries).toBeLessThan(8)
  })
})
