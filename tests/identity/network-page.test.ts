/** Does docs/identity/network.md say what works? Each of its blocks is run as it is printed. */
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../sidecar/src/config/config.ts'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { type Configured, startConfigured, yamlOf } from '../support/configured.ts'
import { savedPicture } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import { sentencesOf, unsaid } from '../support/said.ts'
import { api, codeOf, memberOf, peerAt } from './peer.ts'

const page = 'docs/identity/network.md'
const [proxies = '', standard = '', lists = '', localhost = ''] = yamlOf(page)

async function keyOf(site: Configured, name: string, role: 'admin' | 'guest' | 'user'): Promise<readonly string[]> {
  const member = await site.store.users.add({ name, role, passwordHash: null, tenantName: name })
  const { id, key, secretHash } = mintApiKey()
  await site.store.apiKeys.add({ id, userId: member.id, label: 'test', secretHash, expiresAtMs: null })
  return ['X-API-Key', key]
}

const statusOf = async (site: Configured, headers: readonly string[], from = '127.0.0.1') =>
  (await peerAt(from, site).ask(`${api}/me`, { headers })).status

describe('the page about addresses', () => {
  it('has the blocks that are run here, and no other', () => {
    expect(yamlOf(page)).toHaveLength(4)
  })

  it.each([
    ['X-Forwarded-For', proxies, ['X-Forwarded-For', '6.6.6.6, 10.66.0.1, 10.0.5.3', 'Forwarded', 'for=9.9.9.9']],
    ['Forwarded', standard, ['X-Forwarded-For', '9.9.9.9', 'Forwarded', 'for=6.6.6.6, for=10.66.0.1']],
  ])('reads %s from the proxies it lists', async (_name, yaml, headers) => {
    await using site = await startConfigured(`${yaml}  deny: [10.66.0.1]\n`)
    expect(await statusOf(site, headers)).toBe(403)
    expect(await statusOf(site, headers, '127.0.0.2')).toBe(401)
  })

  it('lets in and keeps out whom it says', async () => {
    // The test's own machine stands for each of the addresses.
    await using site = await startConfigured(
      lists.replace('network:', 'network:\n  trusted_proxies: [127.0.0.1]').replace(', 127.0.0.1]', ', 127.0.0.2]'),
    )
    const [user, admin, guest] = [
      await keyOf(site, 'uma', 'user'),
      await keyOf(site, 'adam', 'admin'),
      await keyOf(site, 'gina', 'guest'),
    ]
    const at = (address: string, key: readonly string[]) => statusOf(site, [...key, 'X-Forwarded-For', address])
    expect(await at('192.168.7.7', user)).toBe(200)
    expect(await at('2001:db8:42:1::1', user)).toBe(200)
    expect(await at('203.0.113.1', user)).toBe(403)
    expect(await at('10.0.66.1', user)).toBe(403)
    expect(await at('10.0.1.9', admin)).toBe(200)
    expect(await at('10.0.2.9', admin)).toBe(403)
    expect(await at('10.0.2.9', guest)).toBe(403)
    expect(await at('10.1.2.9', guest)).toBe(200)
    expect(await statusOf(site, user, '127.0.0.2')).toBe(200)
    expect((await peerAt('127.0.0.3', site).ask('/health')).status).toBe(200)
  })

  it('lets whoever uses this machine in, for the work of a person and not for administration', async () => {
    await using site = await startConfigured(localhost)
    const here = peerAt('127.0.0.1', site)
    expect((await here.ask(`${api}/me`)).status).toBe(401)
    await site.store.users.add({ name: 'alice', role: 'owner', passwordHash: null, tenantName: 'alice' })
    expect(memberOf(await until(async () => found(await here.ask(`${api}/me`))), 'user')).toBe('alice')
    expect((await here.ask('/', { headers: ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Site', 'none'] })).status).toBe(
      200,
    )
    const posted = await until(async () =>
      found(await here.ask('/prompt', { method: 'POST', body: { prompt: savedPicture('here') } })),
    )
    expect(posted.status).toBe(200)
    const socket = await here.opens()
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    for (const path of [`${api}/keys`, `${api}/users`]) {
      expect((await here.ask(path, { method: 'POST', body: {} })).status, path).toBe(403)
    }
    site.rewrite('tenancy: { mode: separate }')
    expect(await closed).toBe(4401)
    expect((await here.ask(`${api}/me`)).status).toBe(401)
  })

  it('lets nobody in there whose request was handed on, or who asks for another name', async () => {
    await using site = await startConfigured(localhost)
    await site.store.users.add({ name: 'alice', role: 'user', passwordHash: null, tenantName: 'alice' })
    const here = peerAt('127.0.0.1', site)
    await until(async () => found(await here.ask(`${api}/me`)))
    const strange = [
      ['X-Forwarded-For', '127.0.0.1'],
      ['X-Real-IP', ''],
      ['Via', '1.1 tunnel'],
      ['Host', 'evil.test'],
      ['Host', `evil.test:${new URL(site.address).port}`],
      ['Origin', 'https://evil.test'],
      ['Referer', 'https://evil.test/page'],
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Site', 'same-site', 'Sec-Fetch-Dest', 'image'],
    ]
    for (const headers of strange) {
      expect((await here.ask(`${api}/me`, { headers })).status, headers.join()).toBe(401)
      expect((await here.ask('/queue', { headers })).status, headers.join()).toBe(401)
    }
    expect(await here.opens({ origin: 'https://evil.test' })).toBe(403)
    expect(await here.opens({ host: 'evil.test', origin: 'http://evil.test' })).toBe(401)
    expect(await here.opens({ 'x-forwarded-for': '127.0.0.1' })).toBe(401)
    const forged = { method: 'POST', headers: ['Origin', 'http://localhost:3000'], body: {} }
    expect(codeOf(await here.ask('/queue', forged))).toBe('cross_site')
  })

  it.each([
    ['server: { public_url: https://comfy.example.com }', 'server.public_url'],
    ['network: { trusted_proxies: [127.0.0.1] }', 'network.trusted_proxies'],
  ])('does not start with that and %s', async (more, setting) => {
    const refused = startConfigured(`${localhost}${more}\n`)
    await expect(refused).rejects.toBeInstanceOf(ConfigError)
    await expect(refused).rejects.toThrow(`auth.localhost: refused beside ${setting}`)
  })

  it('explains only sentences that are said', () => {
    expect(sentencesOf(page).length).toBeGreaterThan(5)
    expect(unsaid(sentencesOf(page))).toEqual([])
  })
})

function found(reply: Awaited<ReturnType<ReturnType<typeof peerAt>['ask']>>) {
  return reply.status === 200 ? reply : undefined
}
