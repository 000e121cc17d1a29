/** Are strangers the guest where that is configured, and is the guest nothing but a guest? With the block of docs/identity/guest.md. */
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../sidecar/src/config/config.ts'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { type Configured, startConfigured, yamlOf } from '../support/configured.ts'
import { savedPicture } from '../support/graphs.ts'
import { createPerson, until } from '../support/person.ts'
import { sentencesOf, unsaid } from '../support/said.ts'
import { api, codeOf, memberOf, peerAt, type Reply } from './peer.ts'

const page = 'docs/identity/guest.md'
const [guests = ''] = yamlOf(page)
const navigation = ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Site', 'none', 'Accept', 'text/html'] as const

async function addGuest(site: Configured, role: 'admin' | 'guest' | 'user' = 'guest') {
  return site.store.users.add({ name: 'guest', role, passwordHash: null, kind: 'service', tenantName: 'guest' })
}

async function personAt(site: Configured, name: string, role: 'owner' | 'user') {
  const member = await site.store.users.add({ name, role, passwordHash: null, tenantName: name })
  const { id, key, secretHash } = mintApiKey()
  await site.store.apiKeys.add({ id, userId: member.id, label: 'test', secretHash, expiresAtMs: null })
  return createPerson({ name, address: site.address, key, folderKey: member.tenant.folderKey })
}

/** Another process wrote to the store: heard of within a second. */
const soon = (ask: () => Promise<Reply>, status: number): Promise<Reply> =>
  until(async () => {
    const reply = await ask()
    return reply.status === status ? reply : undefined
  })

describe('a stranger', () => {
  it('neither sees nor ends the keys and sessions of the account that all of them are', async () => {
    await using site = await startConfigured(guests)
    const { id: userId } = await addGuest(site)
    const { id, key, secretHash } = mintApiKey()
    await site.store.apiKeys.add({ id, userId, label: 'the screen in the hall', secretHash, expiresAtMs: null })
    const stranger = peerAt('127.0.0.9', site)
    await soon(() => stranger.ask(`${api}/me`), 200)
    const headers = ['Origin', site.address]
    for (const [method, path] of [
      ['GET', '/keys'],
      ['GET', '/sessions'],
      ['GET', '/identities'],
      ['DELETE', `/keys/${id}`],
      ['DELETE', '/sessions'],
    ] as const) {
      const reply = await stranger.ask(`${api}${path}`, { method, headers })
      expect([method, path, reply.status, codeOf(reply)]).toEqual([method, path, 403, 'forbidden'])
    }
    expect((await stranger.ask(`${api}/keys`, { headers: ['X-API-Key', key] })).status).toBe(200)
  })

  it('is the guest once the account exists, and nobody before', async () => {
    expect(yamlOf(page)).toHaveLength(1)
    await using site = await startConfigured(guests)
    const stranger = peerAt('127.0.0.9', site)
    expect((await stranger.ask(`${api}/me`)).status).toBe(401)
    await addGuest(site)
    const me = await soon(() => stranger.ask(`${api}/me`), 200)
    expect(memberOf(me, 'user')).toBe('guest')
    expect(memberOf(me, 'guest')).toBe(true)
    expect((await stranger.ask('/', { headers: navigation })).status).toBe(200)
    expect((await stranger.ask('/login', { headers: navigation })).status).toBe(200)
    expect((await stranger.ask('/queue')).status).toBe(200)
  })

  it('may look, and change, run and manage nothing', async () => {
    await using site = await startConfigured(guests)
    await addGuest(site)
    const stranger = peerAt('127.0.0.9', site)
    await soon(() => stranger.ask(`${api}/me`), 200)
    const before = site.practice.requests.length
    const tries: readonly (readonly [string, string, object?])[] = [
      ['POST', '/prompt', { prompt: savedPicture('mine') }],
      ['POST', '/userdata/workflows%2Fmine.json', {}],
      ['POST', '/settings/Comfy.ColorPalette', {}],
      ['POST', `${api}/keys`, {}],
      ['POST', `${api}/users`, { username: 'mallory', role: 'owner' }],
      ['POST', `${api}/invitations`, { role: 'user' }],
      ['POST', `${api}/device-links`, {}],
      ['POST', `${api}/password`, { current: 'x', password: 'y' }],
      ['GET', `${api}/users`],
      ['GET', `${api}/audit`],
    ]
    for (const [method, path, body] of tries) {
      expect((await stranger.ask(path, { method, body })).status, `${method} ${path}`).toBe(403)
    }
    expect(site.practice.requests.slice(before).filter(({ method }) => method === 'POST')).toEqual([])
  })

  it('sees nothing of other tenants', async () => {
    await using site = await startConfigured(guests)
    await addGuest(site)
    const alice = await personAt(site, 'alice', 'user')
    const job = await alice.queues(savedPicture('jewel'))
    await job.finishes()
    await alice.post('/userdata/workflows%2Fjewel.json', {})
    const stranger = peerAt('127.0.0.9', site)
    await soon(() => stranger.ask(`${api}/me`), 200)
    for (const path of [
      '/history',
      '/queue',
      '/api/jobs',
      '/userdata?dir=',
      '/object_info/LoadImage',
      `${api}/files?root=output`,
    ]) {
      const { text } = await stranger.ask(path)
      for (const word of ['jewel', job.id, alice.folderKey])
        expect(text.includes(word), `${word} in ${path}`).toBe(false)
    }
    expect((await stranger.ask(`/history/${job.id}`)).text).toBe('{}')
    expect((await stranger.ask('/view?filename=jewel_00001_.png&type=output')).status).toBe(404)
  })

  it('with a wrong credential is refused, and with a right one is who it proves', async () => {
    await using site = await startConfigured(guests)
    await addGuest(site)
    const alice = await personAt(site, 'alice', 'user')
    const stranger = peerAt('127.0.0.9', site)
    await soon(() => stranger.ask(`${api}/me`), 200)
    expect((await stranger.ask(`${api}/me`, { headers: ['X-API-Key', 'gh_nothing'] })).status).toBe(401)
    const own = await soon(() => stranger.ask(`${api}/me`, { headers: ['X-API-Key', alice.key] }), 200)
    expect(memberOf(own, 'user')).toBe('alice')
  })

  it('is refused when another site sends the request', async () => {
    await using site = await startConfigured(guests)
    await addGuest(site)
    const stranger = peerAt('127.0.0.9', site)
    await soon(() => stranger.ask(`${api}/me`), 200)
    const foreign = ['Origin', 'https://evil.example', 'Sec-Fetch-Site', 'cross-site', 'Sec-Fetch-Mode', 'cors']
    expect((await stranger.ask('/interrupt', { method: 'POST', body: {}, headers: foreign })).status).toBe(403)
    expect(await stranger.opens({ origin: 'https://evil.example' })).toBe(403)
  })

  it('is counted by where it comes from', async () => {
    await using site = await startConfigured(`${guests}roles: { guest: { limits: { sockets_per_user: 1 } } }\n`)
    await addGuest(site)
    const [one, other] = [peerAt('127.0.0.9', site), peerAt('127.0.0.10', site)]
    await soon(() => one.ask(`${api}/me`), 200)
    const first = await one.opens()
    expect(typeof first).toBe('object')
    expect(typeof (await one.opens())).toBe('number')
    const second = await other.opens()
    expect(typeof second).toBe('object')
    if (typeof first === 'object') first.terminate()
    if (typeof second === 'object') second.terminate()
  })

  it('is cut off when the setting is taken away', async () => {
    await using site = await startConfigured(guests)
    await addGuest(site)
    const stranger = peerAt('127.0.0.9', site)
    await soon(() => stranger.ask(`${api}/me`), 200)
    const socket = await stranger.opens()
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    site.rewrite('auth: {}')
    expect(await closed).toBe(4401)
    expect((await stranger.ask(`${api}/me`)).status).toBe(401)
  })

  it('is nobody from the moment the guest may administer, and the sidecar does not start with such a one', async () => {
    await using site = await startConfigured(guests)
    const member = await addGuest(site)
    const stranger = peerAt('127.0.0.9', site)
    await soon(() => stranger.ask(`${api}/me`), 200)
    await site.store.users.setRole(member.id, 'admin')
    expect(codeOf(await soon(() => stranger.ask(`${api}/me`), 401))).toBe('unauthenticated')
    await expect(site.restart()).rejects.toThrow(ConfigError)
    await site.store.users.setRole(member.id, 'guest')
    await site.restart()
    expect((await stranger.ask(`${api}/me`)).status).toBe(200)
  })

  it('is told sentences that the page explains', () => {
    expect(sentencesOf(page).length).toBeGreaterThan(3)
    expect(unsaid(sentencesOf(page))).toEqual([])
  })
})
