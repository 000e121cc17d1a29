/** What may a token do that names scopes? Of what its person may, those alone, at every door and however it travels. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { savedPicture } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import { startTokenIssuer, type TokenIssuer } from '../support/token-issuer.ts'
import { api, memberOf, type Peer, peerAt } from './peer.ts'

let issuer: TokenIssuer
let site: Configured
let peer: Peer

const entry = (name: string, more: string) => `
    - { name: ${name}, issuer: '${issuer.url}', audience: ${name}, jwks_url: '${issuer.jwksUrl}', header: X-${name}, ${more} }`

beforeAll(async () => {
  issuer = await startTokenIssuer()
  site = await startConfigured(`
limits: { key_prompts_per_minute: 100000, key_prompt_burst: 100000, pending_jobs: 100000 }
auth:
  jwt:${entry('text', 'claims: { scopes: scope }, accounts: { names: shared }')}${entry('list', 'claims: { scopes: permissions.scp }, accounts: { names: shared }')}${entry('plain', 'accounts: { names: shared }')}
`)
  peer = peerAt('127.0.0.1', site)
  for (const [name, role] of [
    ['alice', 'user'],
    ['olga', 'owner'],
  ] as const) {
    await site.store.users.add({ name, role, passwordHash: null })
  }
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await issuer[Symbol.asyncDispose]()
})

const tokenOf = (name: string, scope: unknown) => issuer.token(name, { aud: 'text', scope })
const bearer = (token: string): readonly string[] => ['Authorization', `Bearer ${token}`]

/** What of a few doors opens, both sides of `/api` alike. */
async function opens(token: string): Promise<Readonly<Record<string, number>>> {
  const headers = bearer(token)
  const statusOf = async (path: string, body?: unknown) => {
    const asked = { headers, ...(body === undefined ? {} : { method: 'POST', body }) }
    const [plain, prefixed] = [(await peer.ask(path, asked)).status, (await peer.ask(`/api${path}`, asked)).status]
    expect(prefixed, path).toBe(plain)
    return plain
  }
  const upgrade = async (path: string) => {
    const opened = await peer.opens({ authorization: headers[1] ?? '' }, path)
    if (typeof opened === 'number') return opened
    opened.terminate()
    return 101
  }
  const [socket, prefixed] = [await upgrade('/ws'), await upgrade('/api/ws')]
  expect(prefixed).toBe(socket)
  return {
    ...{ socket, queue: await statusOf('/queue'), models: await statusOf('/models') },
    prompt: await statusOf('/prompt', { prompt: savedPicture('scoped') }),
    logs: (await peer.ask('/internal/logs', { headers })).status,
  }
}

const nothing = { socket: 403, queue: 403, models: 403, prompt: 403 }

describe('a token that names scopes', () => {
  it.each([
    ['output:read', { ...nothing, socket: 101, queue: 200 }],
    ['openid output:read  profile email', { ...nothing, socket: 101, queue: 200 }],
    ['prompt:run graph:edit', { ...nothing, prompt: 200 }],
    [['models:read', 'offline_access'], { ...nothing, models: 200 }],
    ['openid profile', nothing],
    ['', nothing],
    [[], nothing],
    ['OUTPUT:READ output:* * output', nothing],
    [['output:read models:read'], nothing],
    ['output:read,models:read', nothing],
    ['constructor __proto__ toString', nothing],
    [permissionsOfAnOwner(), { socket: 101, queue: 200, models: 200, prompt: 200 }],
  ])('%j opens those and nothing else', async (scope, expected) => {
    // Nobody may more than their role, whatever their token names; what users get of the logs is the answer of nothing there.
    const own = await opens(await issuer.token('alice', { aud: 'plain' }))
    expect(await opens(await tokenOf('alice', scope))).toEqual({ ...expected, logs: own.logs })
  })

  it('opens what its owner alone may only with that scope', async () => {
    expect((await opens(await tokenOf('olga', 'server:logs'))).logs).toBe(200)
    expect((await opens(await tokenOf('olga', 'output:read'))).logs).not.toBe(200)
  })

  it.each([undefined, null, 7, true, {}, { 0: 'output:read' }, ['output:read', 7], [['output:read']], [null]])(
    'as %j, which is no list of names, proves nobody',
    async (scope) => {
      const token = await tokenOf('alice', scope)
      for (const path of ['/queue', '/api/queue', `${api}/me`]) {
        expect((await peer.ask(path, { headers: bearer(token) })).status, path).toBe(401)
      }
      expect(await peer.opens({ authorization: `Bearer ${token}` })).toBe(401)
    },
  )

  it('has them where the configuration says, as a list or a text, and nowhere else', async () => {
    const listed = (claims: Readonly<Record<string, unknown>>) => issuer.token('alice', { aud: 'list', ...claims })
    const queueOf = async (token: string) => (await peer.ask('/queue', { headers: bearer(token) })).status
    expect(await queueOf(await listed({ permissions: { scp: ['output:read'] } }))).toBe(200)
    expect(await queueOf(await listed({ permissions: { scp: 'models:read' }, scope: 'output:read' }))).toBe(403)
    expect(await queueOf(await listed({ scope: 'output:read', scp: ['output:read'] }))).toBe(401)
    // Where none is configured, tokens of issuers that name scopes of their own stay what they were.
    expect(await queueOf(await issuer.token('alice', { aud: 'plain', scope: 'openid', scp: [] }))).toBe(200)
  })

  it('is as limited in every carrier, remembered or not, and beside a credential that is not', async () => {
    const token = await tokenOf('alice', 'models:read')
    const wide = await tokenOf('alice', 'models:read output:read')
    const member = await until(() => site.store.users.findByName('alice'))
    const { id, key, secretHash } = mintApiKey()
    await site.store.apiKeys.add({ id, userId: member.id, label: 'wide', secretHash, expiresAtMs: null })
    const asked: readonly (readonly [readonly string[], string])[] = [
      ...[[bearer(token), ''] as const, [['X-API-Key', token], ''] as const, [['X-text', token], ''] as const],
      ...[[[], `?token=${token}`] as const, [[], `?api_key=${token}`] as const],
      ...[[['X-API-Key', key, ...bearer(token)], ''] as const, [['X-API-Key', key, 'X-text', token], ''] as const],
      ...[[['X-text', token, ...bearer(wide)], ''] as const, [['X-text', wide, ...bearer(token)], ''] as const],
    ]
    for (const round of [1, 2]) {
      expect((await peer.ask('/queue', { headers: bearer(wide) })).status).toBe(200)
      for (const [headers, query] of asked) {
        const told = `${round} ${headers.join()} ${query}`
        expect((await peer.ask(`/queue${query}`, { headers })).status, told).toBe(403)
        expect((await peer.ask(`/models${query}`, { headers })).status, told).toBe(200)
      }
    }
  })

  it('makes tickets that are no wider, and neither keys nor sessions nor people', async () => {
    const asking = async (scope: string, path: string, body: unknown) =>
      peer.ask(`${api}${path}`, { method: 'POST', headers: bearer(await tokenOf('olga', scope)), body })
    expect((await asking('models:read', '/tickets', { purpose: 'websocket' })).status).toBe(403)
    const made = await asking('output:read', '/tickets', { purpose: 'websocket' })
    const socket = await peer.opens({}, `/ws?ticket=${String(memberOf(made, 'ticket'))}`)
    expect(typeof socket).toBe('object')
    if (typeof socket === 'object') socket.terminate()
    const all = permissionsOfAnOwner()
    expect((await asking(all, '/keys', { label: 'more' })).status).toBe(403)
    expect((await asking(all, '/users', { username: 'newcomer', role: 'user' })).status).toBe(403)
    expect((await asking(all, '/login', { apiKey: await tokenOf('olga', all) })).status).toBe(401)
  })
})

function permissionsOfAnOwner(): string {
  return 'output:read models:read prompt:run graph:edit token:own admin:users admin:owners server:logs manager:install'
}
