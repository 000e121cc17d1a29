/**
 * A gateway at 127.0.0.1 has signed people in. Whatever it says of them holds; the same words from any other address,
 * in any spelling, are nobody's (A15, B06, B08), and none of them reaches ComfyUI.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { type Configured, startConfigured } from '../support/configured.ts'
import { savedPicture } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import { api, codeOf, memberOf, type Peer, peerAt } from './peer.ts'

const yaml = `
auth:
  trusted_headers:
    - name: sso
      preset: authelia
      tenant_header: X-FunArt-Comfy-UserId
      from: [127.0.0.1]
      logout_url: https://auth.example.com/logout
      accounts:
        role: user
        roles: { wheel: admin, guests: guest }
`
let site: Configured
let gateway: Peer
let stranger: Peer
beforeAll(async () => {
  site = await startConfigured(yaml)
  gateway = peerAt('127.0.0.1', site)
  stranger = peerAt('127.0.0.2', site)
  await until(async () => ((await gateway.ask('/ready')).status === 200 ? true : undefined))
})
afterAll(() => site[Symbol.asyncDispose]())

const says = (user: string, tenant = 'acme', ...more: readonly string[]): readonly string[] => [
  ...['Remote-User', user, 'X-FunArt-Comfy-UserId', tenant],
  ...more,
]
const me = (peer: Peer, headers: readonly string[]) => peer.ask(`${api}/me`, { headers })
const own = () => ['Origin', site.address, 'Sec-Fetch-Site', 'same-origin']

async function requireOpen(peer: Peer, headers: Readonly<Record<string, string>>, id = ''): Promise<WebSocket> {
  const opened = await peer.opens(headers, `/ws?clientId=${id}`)
  if (typeof opened === 'number') throw new Error(`refused with ${opened}`)
  return opened
}

const socketHeaders = (user: string, tenant = 'acme') => ({
  ...{ 'Remote-User': user, 'X-FunArt-Comfy-UserId': tenant },
  origin: site.address,
})

describe('whoever comes through the gateway', () => {
  it('is signed in without our login page, with an account made at the first visit', async () => {
    const reply = await me(gateway, says('Nadia'))
    expect(reply.status).toBe(200)
    expect(memberOf(reply, 'user')).toBe('nadia')
    expect(memberOf(reply, 'tenant')).toBe('sso/acme')
    const again = await me(gateway, says('nadia'))
    expect(memberOf(again, 'page')).toBe(memberOf(reply, 'page'))
    const page = await gateway.ask('/', { headers: [...says('nadia'), 'Sec-Fetch-Mode', 'navigate'] })
    expect(page.status).toBe(200)
    expect(page.text).toContain('/gatehouse/')
  })

  it('runs jobs and hears of them, and nobody else does', async () => {
    const socket = await requireOpen(gateway, socketHeaders('nadia'), 'tab')
    const other = await requireOpen(gateway, socketHeaders('nick', 'birch'), 'tab')
    const heard = { own: '', foreign: '' }
    socket.on('message', (data) => {
      heard.own += String(data)
    })
    other.on('message', (data) => {
      heard.foreign += String(data)
    })
    const posted = await gateway.ask('/prompt', {
      ...{
        method: 'POST',
        headers: [...says('nadia'), ...own()],
        body: { prompt: savedPicture('gateway'), client_id: 'tab' },
      },
    })
    expect(posted.status).toBe(200)
    const id = String(memberOf(posted, 'prompt_id'))
    await until(async () => (heard.own.includes(id) && heard.own.includes('executed') ? true : undefined))
    expect(heard.foreign).not.toContain(id)
    expect((await gateway.ask(`/history/${id}`, { headers: says('nick', 'birch') })).text).toBe('{}')
    socket.terminate()
    other.terminate()
  })

  it('has the role that a group gives, from the moment the group changes', async () => {
    const roleOf = async (groups: string) =>
      memberOf(await me(gateway, says('rita', 'acme', 'Remote-Groups', groups)), 'role')
    expect(await roleOf('staff, wheel')).toBe('admin')
    expect(await roleOf('guests')).toBe('guest')
    expect(await roleOf('staff')).toBe('user')
  })

  it('is another person in another tenant, and never one that has a password here', async () => {
    const local = await site.store.users.add({ name: 'lena', role: 'user', passwordHash: null, tenantName: 'acme' })
    const [first, second] = [await me(gateway, says('lena')), await me(gateway, says('lena', 'birch'))]
    expect(memberOf(first, 'page')).not.toBe(memberOf(second, 'page'))
    expect([memberOf(first, 'tenant'), memberOf(second, 'tenant')]).toEqual(['sso/acme', 'sso/birch'])
    expect([memberOf(first, 'user'), memberOf(second, 'user')]).not.toContain(local.name)
  })

  it('is out as soon as the account is disabled', async () => {
    expect((await me(gateway, says('dora'))).status).toBe(200)
    const member = await site.store.users.findByName('dora')
    if (member === undefined) throw new Error('dora has no account')
    await site.store.users.setState(member.id, 'disabled')
    await until(async () => ((await me(gateway, says('dora'))).status === 401 ? true : undefined))
  })

  it('signs out at the gateway', async () => {
    const reply = await gateway.ask(`${api}/logout`, { method: 'POST', headers: [...says('nadia'), ...own()] })
    expect(reply.status).toBe(200)
    expect(JSON.parse(reply.text)).toEqual({ next: 'https://auth.example.com/logout' })
    expect((await stranger.ask(`${api}/logout`, { method: 'POST', headers: own() })).status).toBe(204)
  })

  it('follows a link from the sign-in page of the gateway, and loses no page to somebody else', async () => {
    const cross = ['Sec-Fetch-Site', 'cross-site', 'Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document']
    expect((await gateway.ask('/', { headers: [...says('nadia'), ...cross] })).status).toBe(200)
    const page = String(memberOf(await me(gateway, says('nadia')), 'page'))
    const asked = (user: string) =>
      gateway.ask('/queue', { headers: [...says(user), ...own(), 'X-Gatehouse-Page', page] })
    expect((await asked('nadia')).status).toBe(200)
    expect((await asked('nick')).status).toBe(409)
  })
})

describe('administration', () => {
  it('is not for the word of a gateway alone, unless it asks again itself', async () => {
    const invite = (peer: Peer) =>
      peer.ask(`${api}/users`, {
        method: 'POST',
        headers: [...says('adam', 'office', 'Remote-Groups', 'wheel'), ...own()],
        body: { username: 'newcomer', role: 'user' },
      })
    expect(codeOf(await invite(gateway))).toBe('proof_too_old')
    site.rewrite(yaml.replace('      logout_url', '      asks_again: true\n      logout_url'))
    expect((await invite(gateway)).status).toBe(201)
    site.rewrite(yaml)
  })
})

describe('nobody', () => {
  it('is who comes through the gateway without a name', async () => {
    for (const headers of [[], ['Remote-User', ''], ['X-FunArt-Comfy-UserId', 'acme'], ['Remote-Groups', 'wheel']]) {
      expect((await me(gateway, headers)).status, headers.join()).toBe(401)
    }
    expect((await me(gateway, ['Remote-User', 'nadia'])).status).toBe(401)
    const page = await gateway.ask('/', { headers: ['Sec-Fetch-Mode', 'navigate'] })
    expect([page.status, page.headers.location]).toEqual([302, '/login'])
  })

  it('is believed with two names', async () => {
    expect((await me(gateway, says('nadia', 'acme', 'remote-user', 'olga'))).status).toBe(400)
    expect((await me(gateway, says('nadia, olga'))).status).toBe(401)
    expect((await me(gateway, says('nadia', 'acme', 'X-FunArt-Comfy-UserId', 'birch'))).status).toBe(400)
    expect((await me(gateway, says('nadia', 'acme', 'Remote-Groups', 'a', 'Remote-Groups', 'wheel'))).status).toBe(400)
  })

  it('is let in by the words of a gateway from another address, in any spelling', async () => {
    const names = ['Remote-User', 'remote-user', 'REMOTE-USER', 'Remote_User', 'REMOTE_USER', 'X-Remote-User']
    const more = ['X-Forwarded-User', 'X_Forwarded_User', 'Comfy-User', 'X-authentik-username', 'Tailscale-User-Login']
    const where = ['X-Forwarded-For', '127.0.0.1', 'X-Real-IP', '127.0.0.1', 'Forwarded', 'for=127.0.0.1']
    for (const name of [...names, ...more]) {
      for (const tenant of ['X-FunArt-Comfy-UserId', 'X_FunArt_Comfy_UserId', 'x-funart-comfy-userid']) {
        const headers = [name, 'nadia', tenant, 'acme', ...where]
        expect((await me(stranger, headers)).status, name).toBe(401)
        expect((await stranger.ask('/queue', { headers })).status, name).toBe(401)
        expect((await stranger.ask('/api/queue', { headers })).status, name).toBe(401)
      }
      expect(await stranger.opens({ [name]: 'nadia', origin: site.address }), name).toBe(401)
      // Through the gateway such a name is a stranger's who slipped it past.
      if (!['remote-user'].includes(name.toLowerCase())) {
        expect((await me(gateway, [name, 'olga', 'X-FunArt-Comfy-UserId', 'acme'])).status, name).toBe(401)
        expect(memberOf(await me(gateway, says('nadia', 'acme', name, 'olga')), 'user'), name).toBe('nadia')
      }
    }
  })
})

describe('another site', () => {
  const foreign = [
    ['Origin', 'https://evil.test', 'Sec-Fetch-Site', 'cross-site'],
    ['Origin', 'http://evil.test'],
    ['Origin', 'null'],
    ['Sec-Fetch-Site', 'same-site'],
  ]

  it('changes nothing through the browser of somebody who is signed in at the gateway', async () => {
    const before = site.practice.requests.length
    for (const headers of foreign) {
      for (const path of ['/prompt', '/api/queue', '/settings', '/upload/image', `${api}/logout`, `${api}/keys`]) {
        const reply = await gateway.ask(path, { method: 'POST', headers: [...says('nadia'), ...headers], body: {} })
        expect([reply.status, codeOf(reply)], `${path} ${headers}`).toEqual([403, 'cross_site'])
      }
    }
    expect(site.practice.requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([])
  })

  it('opens no socket, and neither does a request that names no page', async () => {
    const headers = socketHeaders('nadia')
    for (const origin of ['https://evil.test', 'null', 'http://127.0.0.1:1']) {
      expect(await gateway.opens({ ...headers, origin })).toBe(403)
    }
    const { origin: _, ...without } = headers
    expect(await gateway.opens(without)).toBe(403)
  })

  it('shows no picture of somebody who is signed in at the gateway', async () => {
    const image = ['Sec-Fetch-Site', 'cross-site', 'Sec-Fetch-Mode', 'no-cors', 'Sec-Fetch-Dest', 'image']
    const path = '/view?type=output&filename=gateway_00001_.png'
    expect((await gateway.ask(path, { headers: [...says('nadia'), ...own()] })).status).toBe(200)
    const reply = await gateway.ask(path, { headers: [...says('nadia'), ...image] })
    expect([reply.status, codeOf(reply)]).toEqual([403, 'cross_site'])
  })

  it('is answered by no own address in the name of somebody who is signed in at the gateway', async () => {
    const script = ['Sec-Fetch-Site', 'cross-site', 'Sec-Fetch-Mode', 'no-cors', 'Sec-Fetch-Dest', 'script']
    for (const path of ['/me', '/keys', '/sessions', '/users', '/audit', '/queue', '/factors', '/usage', '/files']) {
      const reply = await gateway.ask(`${api}${path}`, { headers: [...says('nadia'), ...script] })
      expect([reply.status, codeOf(reply)], path).toEqual([403, 'cross_site'])
    }
    expect((await me(gateway, [...says('nadia'), ...own()])).status).toBe(200)
    const link = ['Sec-Fetch-Site', 'cross-site', 'Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document']
    expect((await me(gateway, [...says('nadia'), ...link])).status).toBe(200)
  })

  it('gains nothing by a name of its own that leads here', async () => {
    const rebound = ['Host', 'rebound.evil.test', 'Origin', 'http://rebound.evil.test']
    for (const [method, path] of [
      ['GET', '/queue'],
      ['POST', '/prompt'],
      ['GET', `${api}/me`],
      ['POST', `${api}/keys`],
    ]) {
      const reply = await gateway.ask(path ?? '', {
        ...{ method: method ?? '', headers: [...says('nadia'), ...rebound] },
        ...(method === 'POST' ? { body: {} } : {}),
      })
      expect([reply.status, codeOf(reply)], path).toEqual([403, 'unknown_host'])
    }
    const socket = { ...socketHeaders('nadia'), host: 'rebound.evil.test', origin: 'http://rebound.evil.test' }
    expect(await gateway.opens(socket)).toBe(403)
    expect((await me(gateway, [...says('nadia'), 'Host', 'localhost:8288'])).status).toBe(200)
  })

  it('under a name that the operator wrote down is this one', async () => {
    await using named = await startConfigured(`server: { public_url: "https://comfy.example.com" }\n${yaml}`)
    const asked = (host: string) => me(peerAt('127.0.0.1', named), [...says('nadia'), 'Host', host])
    expect((await asked('comfy.example.com')).status).toBe(200)
    expect(codeOf(await asked('other.example.com'))).toBe('unknown_host')
  })
})

describe('ComfyUI', () => {
  it('hears no header that names somebody, whoever sent it', async () => {
    const before = site.practice.requests.length
    const names = [
      'Remote-User',
      'Remote_User',
      'X-Forwarded-User',
      'X-FunArt-Comfy-UserId',
      'Comfy-User',
      'Comfy_User',
    ]
    const where = ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'Via', 'X-Forwarded-Host', 'X-Forwarded-Proto']
    const spoofed = [...names.slice(1), ...where].flatMap((name) =>
      name === 'X-FunArt-Comfy-UserId' ? [] : [name, 'marked-word'],
    )
    const headers = [...says('nadia', 'acme', ...spoofed), ...own()]
    expect((await gateway.ask('/upload/image', { headers })).status).toBeLessThan(500)
    const posted = await gateway.ask('/prompt', { method: 'POST', headers, body: { prompt: savedPicture('headers') } })
    expect(posted.status).toBe(200)
    expect((await gateway.ask('/object_info/LoadImage', { headers })).status).toBe(200)
    const heard = await until(async () => {
      const since = site.practice.requests.slice(before)
      return since.some(({ url }) => url.endsWith('/prompt')) ? since : undefined
    })
    const told = heard.map(({ rawHeaders }) => rawHeaders.join('\n').toLowerCase()).join('\n')
    for (const name of [...names, ...where]) expect(told).not.toContain(name.toLowerCase())
    expect(told).not.toContain('marked-word')
    expect(told).not.toContain('nadia')
  })
})

describe('a session beside the gateway', () => {
  it('must be of the same person, and ends although it is of another', async () => {
    const { mintApiKey } = await import('../../sidecar/src/identity/api-key.ts')
    const sam = await site.store.users.add({ name: 'sam', role: 'user', passwordHash: null, tenantName: 'sam' })
    const { id, key, secretHash } = mintApiKey()
    await site.store.apiKeys.add({ id, userId: sam.id, label: 'test', secretHash, expiresAtMs: null })
    const login = await stranger.ask(`${api}/login`, { method: 'POST', headers: own(), body: { apiKey: key } })
    expect(login.status).toBe(200)
    const cookie = String(login.headers['set-cookie']?.[0]).split(';', 1)[0] ?? ''
    expect((await me(gateway, ['Cookie', cookie])).status).toBe(200)
    const both = await me(gateway, says('nadia', 'acme', 'Cookie', cookie))
    expect([both.status, codeOf(both)]).toEqual([400, 'conflicting_credentials'])
    expect(both.text).toContain('trusted-header and session')
    const withKey = await me(gateway, says('nadia', 'acme', 'Authorization', `Bearer ${key}`))
    expect([withKey.status, codeOf(withKey)]).toEqual([400, 'conflicting_credentials'])
    const out = await gateway.ask(`${api}/logout`, {
      ...{ method: 'POST', headers: [...says('nadia', 'acme', 'Cookie', cookie), ...own()] },
    })
    expect(out.status).toBe(204)
    expect((await me(stranger, ['Cookie', cookie])).status).toBe(401)
  })
})

describe('a changed configuration', () => {
  it('ends the word of a gateway at once, and its sockets', async () => {
    const socket = await requireOpen(gateway, socketHeaders('nadia'))
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    site.rewrite(yaml.replace('from: [127.0.0.1]', 'from: [127.0.0.9]'))
    expect(await closed).toBe(4401)
    expect((await me(gateway, says('nadia'))).status).toBe(401)
    expect((await me(peerAt('127.0.0.9', site), says('nadia'))).status).toBe(200)
    site.rewrite(yaml)
    expect((await me(gateway, says('nadia'))).status).toBe(200)
  })

  it('ends the tickets that its people had not used yet', async () => {
    const ticket = async (): Promise<string> => {
      const asked = { method: 'POST', headers: [...says('nadia'), ...own()], body: { purpose: 'websocket' } }
      return `/ws?ticket=${String(memberOf(await gateway.ask(`${api}/tickets`, asked), 'ticket'))}`
    }
    const used = await stranger.opens({}, await ticket())
    expect(typeof used).toBe('object')
    if (typeof used === 'object') used.terminate()
    const waiting = await ticket()
    site.rewrite(yaml.replace('from: [127.0.0.1]', 'from: [127.0.0.9]'))
    expect(await stranger.opens({}, waiting)).toBe(401)
    site.rewrite(yaml)
    expect(await stranger.opens({}, waiting)).toBe(401)
  })
})
