/** Does docs/identity/trusted-header.md say what works? Its blocks are run as printed, behind a real nginx where there is one. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findFreePort } from '../../sidecar/src/proxy/find-free-port.ts'
import { type Configured, startConfigured, yamlOf } from '../support/configured.ts'
import { savedPicture } from '../support/graphs.ts'
import { findNginx, type Nginx, nginxIsMissing, startNginx } from '../support/nginx.ts'
import { until } from '../support/person.ts'
import { sentencesOf, unsaid } from '../support/said.ts'
import { api, codeOf, memberOf, type Peer, peerAt } from './peer.ts'

const page = 'docs/identity/trusted-header.md'
const text = readFileSync(join(import.meta.dirname, '../..', page), 'utf8')
const blocks = yamlOf(page).filter((block) => block.includes('trusted_headers:'))
const [authelia = '', oauth2Proxy = '', authentik = '', tailscale = '', secret = ''] = blocks
const [, nginxBlock = ''] = /```nginx\n([\s\S]*?)```/.exec(text) ?? []
const program = findNginx()
if (program === undefined) console.warn(`SKIPPED behind nginx: ${nginxIsMissing}`)

const origin = 'https://comfy.example.com'
const own = ['Origin', origin, 'Sec-Fetch-Site', 'same-origin']
const me = (peer: Peer, headers: readonly string[]) => peer.ask(`${api}/me`, { headers })

describe('the page about gateways', () => {
  it('has the blocks that are run here, and no other', () => {
    expect(blocks).toHaveLength(5)
    // Those of signed-assertion.test.ts.
    expect(yamlOf(page)).toHaveLength(8)
    expect(nginxBlock).toContain('auth_request')
  })

  it('explains only sentences that are said', () => {
    expect(sentencesOf(page).length).toBeGreaterThan(5)
    expect(unsaid(sentencesOf(page))).toEqual([])
  })

  it.each([
    ['oauth2-proxy', oauth2Proxy, ['X-Forwarded-Preferred-Username', 'Alice'], 'user'],
    ['authentik', authentik, ['X-authentik-username', 'Alice', 'X-authentik-groups', 'staff|supervisors'], 'power'],
    ['Tailscale Serve', tailscale, ['Tailscale-User-Login', 'alice@example.com'], 'user'],
  ])('signs in whom %s names, and nobody from elsewhere', async (_name, yaml, headers, role) => {
    await using site = await startConfigured(yaml.replace('10.0.5.20', '127.0.0.1'))
    const reply = await me(peerAt('127.0.0.1', site), headers)
    expect([reply.status, memberOf(reply, 'role')]).toEqual([200, role])
    expect((await me(peerAt('127.0.0.2', site), headers)).status).toBe(401)
  })

  it('refuses who is in no mapped group, where no role is given to the rest', async () => {
    await using site = await startConfigured(authentik.replace('10.0.5.20', '127.0.0.1'))
    const headers = ['X-authentik-username', 'alice', 'X-authentik-groups', 'staff']
    expect((await me(peerAt('127.0.0.1', site), headers)).status).toBe(401)
  })

  it('takes a secret in the place of an address, and another one as soon as the file changes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-page-'))
    const [, command = ''] = /^1\. `(umask 077 && openssl rand -hex 32[^`]*)`/m.exec(text) ?? []
    const makeSecret = (): string => {
      execFileSync('sh', ['-c', command], { cwd: folder, stdio: 'ignore' })
      return readFileSync(join(folder, 'gateway-secret.txt'), 'utf8').trim()
    }
    const first = makeSecret()
    const yaml = secret.replace('gateway-secret.txt', join(folder, 'gateway-secret.txt'))
    await using site = await startConfigured(yaml)
    const anywhere = peerAt('127.0.0.77', site)
    const statusOf = async (value: string) => {
      const names = ['X-Studio-User', 'alice', 'X-FunArt-Comfy-UserId', 'acme', 'X-Gateway-Secret', value]
      return (await me(anywhere, names)).status
    }
    expect(await statusOf(first)).toBe(200)
    expect(await statusOf(first.toUpperCase())).toBe(401)
    const second = makeSecret()
    await until(async () => ((await statusOf(second)) === 200 ? true : undefined))
    expect(await statusOf(first)).toBe(401)
    rmSync(folder, { recursive: true, force: true })
  })
})

describe.skipIf(program === undefined)('behind nginx with auth_request, as the page sets it up', () => {
  let sso: Server
  let site: Configured
  let nginx: Nginx
  let door: Peer
  let doorAddress: string
  beforeAll(async () => {
    sso = startSso()
    const port = await findFreePort()
    site = await startConfigured(authelia)
    const ssoPort = await listening(sso)
    const block = nginxBlock
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
      .replace(/^ *ssl_certificate.*$/gm, '')
      .replace('127.0.0.1:9091', `127.0.0.1:${ssoPort}`)
      .replace('http://127.0.0.1:8288', site.address)
    nginx = await startNginx(program ?? '', block, port)
    doorAddress = `http://127.0.0.1:${port}`
    door = peerAt('127.0.0.1', { address: doorAddress })
    await until(async () =>
      (await door.ask('/ready', { headers: cookie('alice') })).status === 200 ? true : undefined,
    )
  })
  afterAll(async () => {
    await nginx[Symbol.asyncDispose]()
    await site[Symbol.asyncDispose]()
    await new Promise((done) => sso.close(done))
  })
  const cookie = (name: string) => ['Cookie', `sso=${name}`]

  it('shows the page to who is signed in there, and sends everybody else to sign in', async () => {
    const shown = await door.ask('/', { headers: [...cookie('alice'), 'Sec-Fetch-Mode', 'navigate'] })
    expect(shown.status).toBe(200)
    expect(shown.text).toContain('/gatehouse/')
    const sent = await door.ask('/', { headers: ['Sec-Fetch-Mode', 'navigate'] })
    expect(sent.status).toBe(302)
    expect(sent.headers.location).toMatch(/^https:\/\/auth\.example\.com\/\?rd=/)
    expect((await me(peerAt('127.0.0.2', site), ['Remote-User', 'alice'])).status).toBe(401)
  })

  it('hands on who it is and where they are, whatever the browser says of itself', async () => {
    const forged = [
      'Remote-User',
      'olga',
      'remote-groups',
      'comfy-owners',
      'Remote_User',
      'olga',
      'X-Forwarded-For',
      '6.6.6.6',
    ]
    const plain = await me(peerAt('127.0.0.5', { address: doorAddress }), [...cookie('alice'), ...forged])
    expect([memberOf(plain, 'user'), memberOf(plain, 'role')]).toEqual(['alice', 'user'])
    const owner = await me(door, [...cookie('olga'), ...forged])
    expect([memberOf(owner, 'user'), memberOf(owner, 'role')]).toEqual(['olga', 'owner'])
    site.rewrite(`${authelia.replace('network:', 'network:\n  deny: [127.0.0.5]')}`)
    expect(codeOf(await me(peerAt('127.0.0.5', { address: doorAddress }), cookie('alice')))).toBe('address_refused')
    expect((await me(door, cookie('alice'))).status).toBe(200)
    site.rewrite(authelia)
  })

  it('carries jobs and the socket that tells of them', async () => {
    const socket = await door.opens({ cookie: 'sso=alice', origin }, '/ws?clientId=tab')
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
    let heard = ''
    socket.on('message', (data) => {
      heard += String(data)
    })
    const posted = await door.ask('/prompt', {
      ...{ method: 'POST', headers: [...cookie('alice'), ...own] },
      body: { prompt: savedPicture('nginx'), client_id: 'tab' },
    })
    expect(posted.status).toBe(200)
    await until(async () => (heard.includes(String(memberOf(posted, 'prompt_id'))) ? true : undefined))
    socket.terminate()
    expect(await door.opens({ cookie: 'sso=alice', origin: 'https://evil.test' })).toBe(403)
    expect(await door.opens({ origin })).toBe(302)
  })

  it('signs out there', async () => {
    const reply = await door.ask(`${api}/logout`, { method: 'POST', headers: [...cookie('alice'), ...own] })
    expect(JSON.parse(reply.text)).toEqual({ next: 'https://auth.example.com/logout' })
  })

  it('keeps pages of other sites out, which nginx does not', async () => {
    const foreign = ['Origin', 'https://evil.test', 'Sec-Fetch-Site', 'cross-site']
    const reply = await door.ask('/queue', { method: 'POST', headers: [...cookie('alice'), ...foreign], body: {} })
    expect([reply.status, codeOf(reply)]).toEqual([403, 'cross_site'])
    expect(nginx.errors()).not.toContain('[error]')
  })
})

/** What Authelia answers to `/api/authz/auth-request`: who the cookie is of. */
function startSso(): Server {
  return createServer((request, response) => {
    const name = /sso=(\w+)/.exec(request.headers.cookie ?? '')?.[1]
    const groups = name === 'olga' ? 'staff,comfy-owners' : 'staff'
    if (request.url !== '/api/authz/auth-request' || name === undefined) response.writeHead(401).end()
    else response.writeHead(200, { 'Remote-User': name, 'Remote-Groups': groups }).end()
  })
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
