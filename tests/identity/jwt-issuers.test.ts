/** Where may the keys of an issuer come from, and what if they change, are weak or cannot be had? */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OAuth2Server } from 'oauth2-mock-server'
import Provider from 'oidc-provider'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Configured, startConfigured } from '../support/configured.ts'
import { parseRecord, until } from '../support/person.ts'
import { startTokenIssuer, type TokenIssuer } from '../support/token-issuer.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let issuer: TokenIssuer
beforeEach(async () => {
  issuer = await startTokenIssuer()
  return () => issuer[Symbol.asyncDispose]()
})

const settings = (keys: string, url = issuer.url): string => `
auth: { jwt: [{ name: studio, issuer: '${url}', audience: comfyui, ${keys} }] }
`
const published = (): string => settings(`jwks_url: '${issuer.jwksUrl}'`)
const statusOf = async (site: Configured, token: string): Promise<number> =>
  (await fetch(`${site.address}/queue`, { headers: { authorization: `Bearer ${token}` } })).status

const keySet = (...ids: readonly string[]): string =>
  JSON.stringify({ keys: ids.map((kid) => ({ ...issuer.publicKey(kid).export({ format: 'jwk' }), kid })) })
const pemOf = (...ids: readonly string[]): string =>
  ids.map((id) => issuer.publicKey(id).export({ type: 'spki', format: 'pem' })).join('\n')

describe('keys that an issuer publishes', () => {
  it('are fetched when the first token comes, and again for a key that is new, without a restart', async () => {
    await using site = await startConfigured(published())
    expect(issuer.fetches()).toBe(0)
    expect(await statusOf(site, await issuer.token('alice'))).toBe(200)
    expect(await statusOf(site, await issuer.token('bob'))).toBe(200)
    expect(issuer.fetches()).toBe(1)
    issuer.publish('two')
    const token = await issuer.token('alice', {}, { kid: 'two' })
    // Once the cool-down is over.
    await until(async () => ((await statusOf(site, token)) === 200 ? true : undefined), 15_000)
    expect(issuer.fetches()).toBe(2)
    expect(await statusOf(site, await issuer.token('alice'))).toBe(401)
  })

  it('are not fetched again for each of many invented ids', async () => {
    await using site = await startConfigured(published())
    const token = await issuer.token('alice')
    expect(await statusOf(site, token)).toBe(200)
    for (let index = 0; index < 40; index += 1) {
      expect(await statusOf(site, await issuer.token('alice', {}, { kid: `invented-${index % 3}`, typ: 'JWT' }))).toBe(
        401,
      )
    }
    expect(issuer.fetches()).toBe(1)
    expect(await statusOf(site, token)).toBe(200)
  })

  it.each([
    ['is down', { status: 503 }],
    ['sends elsewhere', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ['publishes no set', { status: 200, body: '[]' }],
    ['publishes nothing good', { status: 200, body: '{"keys":[{"kty":"oct","k":"AAAA"}]}' }],
  ])('let nobody in while it %s, say so, and count once they are there', async (_what, answer) => {
    issuer.answersWith(answer)
    await using site = await startConfigured(published())
    const token = await issuer.token('alice')
    const refused = await fetch(`${site.address}/queue`, { headers: { authorization: `Bearer ${token}` } })
    expect([refused.status, refused.headers.get('x-gatehouse-error')]).toEqual([503, 'issuer_down'])
    expect(await statusOf(site, token)).toBe(503)
    expect(issuer.fetches()).toBe(1)
    issuer.answersWith(undefined)
    await site.restart()
    expect(await statusOf(site, token)).toBe(200)
  })

  it('count on while it is down, and after a change of other settings', async () => {
    await using site = await startConfigured(published())
    expect(await statusOf(site, await issuer.token('alice'))).toBe(200)
    issuer.answersWith({ status: 503 })
    expect(await statusOf(site, await issuer.token('bob'))).toBe(200)
    site.rewrite(settings(`jwks_url: '${issuer.jwksUrl}', clock_skew: 5s`))
    expect(await statusOf(site, await issuer.token('carol'))).toBe(200)
  })
})

describe('keys of the configuration', () => {
  it('may be pasted', async () => {
    await using site = await startConfigured(settings(`jwks: ${keySet('one', 'two')}`))
    for (const kid of ['one', 'two']) expect(await statusOf(site, await issuer.token('alice', {}, { kid }))).toBe(200)
    expect(await statusOf(site, await issuer.token('alice', {}, { kid: 'three' }))).toBe(401)
    expect(issuer.fetches()).toBe(0)
  })

  it.each(['jwks_file', 'pem_file'])('in a %s change with overlap when the file changes', async (setting) => {
    const file = join(folder, setting)
    const write = (...ids: readonly string[]) =>
      writeFileSync(file, setting === 'pem_file' ? pemOf(...ids) : keySet(...ids))
    write('one')
    const yaml = settings(`${setting}: '${file}'`)
    await using site = await startConfigured(yaml)
    const [one, two] = [await issuer.token('alice'), await issuer.token('alice', {}, { kid: 'two' })]
    expect([await statusOf(site, one), await statusOf(site, two)]).toEqual([200, 401])
    write('one', 'two')
    // Nobody says that it changed: the file is looked at.
    await until(async () => ((await statusOf(site, two)) === 200 ? true : undefined))
    expect(await statusOf(site, one)).toBe(200)
    write('two')
    await until(async () => ((await statusOf(site, one)) === 401 ? true : undefined))
    expect(await statusOf(site, two)).toBe(200)
    writeFileSync(file, 'half a fi')
    site.rewrite(yaml)
    expect(await statusOf(site, two)).toBe(200)
  })

  it('that are a shared secret come from a file or from the environment', async () => {
    const { forgeHmac } = await import('../../sidecar/src/identity/jwt/forge.ts')
    const secret = '0123456789abcdef-of-the-studio-0123456789'
    const file = join(folder, 'secret')
    writeFileSync(file, `${secret}\n`)
    const claims = { iss: issuer.url, aud: 'comfyui', sub: 'alice', exp: Math.floor(Date.now() / 1_000) + 60 }
    const good = forgeHmac({ alg: 'HS256' }, claims, secret)
    await using fromFile = await startConfigured(settings(`secret_file: '${file}'`))
    expect(await statusOf(fromFile, good)).toBe(200)
    expect(await statusOf(fromFile, forgeHmac({ alg: 'HS256' }, claims, `${secret}\n`))).toBe(401)
    expect(await statusOf(fromFile, forgeHmac({ alg: 'HS256' }, claims, ''))).toBe(401)
    const variables = { STUDIO_SECRET: secret }
    await using fromVariable = await startConfigured(settings('secret_env: STUDIO_SECRET'), { variables })
    expect(await statusOf(fromVariable, good)).toBe(200)
  })

  it('that are weak or not there end the start with a sentence about each', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    const pem = file('weak.pem', String(weak.publicKey.export({ type: 'spki', format: 'pem' })))
    const own = file('private.pem', String(weak.privateKey.export({ type: 'pkcs8', format: 'pem' })))
    const short = file('short', 'too-short-a-secret')
    const broken = file('broken', '{}')
    const table: readonly (readonly [string, string])[] = [
      [`pem_file: '${pem}'`, 'RSA needs 2048 bits'],
      [`pem_file: '${own}'`, 'private key'],
      [`secret_file: '${short}'`, 'too short or obvious'],
      [`jwks_file: '${broken}'`, 'no JSON Web Key Set'],
      [`jwks_file: '${join(folder, 'nowhere')}'`, 'cannot be read'],
      ['secret_env: NOT_SET_ANYWHERE', 'NOT_SET_ANYWHERE'],
      [`jwks: { keys: [{ kty: RSA, n: AQAB, e: AQ }] }`, 'jwks: '],
      [`jwks: ${keySet('one')}, algorithms: [ES256]`, 'no key fits'],
      [`jwks_url: 'http://issuer.example/keys'`, 'https address'],
      [`jwks_url: 'https://user:password@issuer.example/keys'`, 'without name and password'],
      [`jwks_url: 'file:///etc/keys'`, 'https address'],
      ['algorithms: [RS256]', 'exactly one of'],
      [`jwks_url: 'https://issuer.example/keys', secret_env: X`, 'exactly one of'],
      [`jwks_url: 'https://issuer.example/keys', algorithms: [none]`, 'algorithms'],
      [`jwks_url: 'https://issuer.example/keys', claims: { role: r }`, 'accounts.roles'],
      [`jwks_url: 'https://issuer.example/keys', accounts: { roles: { a: user } }`, 'claims.groups'],
      [`jwks_url: 'https://issuer.example/keys', claims: { user: a..b }`, 'write a path'],
      [`jwks_url: 'https://issuer.example/keys', header: Authorization`, 'choose another'],
      [`jwks_url: 'https://issuer.example/keys', cookie: __Host-gatehouse`, 'choose another'],
    ]
    for (const [keys, sentence] of table) await expect(startConfigured(settings(keys)), keys).rejects.toThrow(sentence)
  })
})

describe('issuers of other makers', () => {
  it('as oauth2-mock-server are believed with every algorithm that they sign with', async () => {
    const server = new OAuth2Server()
    const keys = [
      await server.issuer.keys.generate('RS256'),
      await server.issuer.keys.generate('ES384'),
      await server.issuer.keys.generate('EdDSA'),
    ]
    await server.start(0, '127.0.0.1')
    try {
      const url = server.issuer.url ?? ''
      await using site = await startConfigured(settings(`jwks_url: '${url}/jwks', claims: { user: login }`, url))
      for (const { kid } of keys) {
        const scopesOrTransform = (_header: unknown, payload: object): object =>
          Object.assign(payload, { aud: 'comfyui', sub: 'm-1', login: 'Mona' })
        const token = await server.issuer.buildToken({ kid, scopesOrTransform })
        expect(await statusOf(site, token)).toBe(200)
      }
      expect(await statusOf(site, await server.issuer.buildToken())).toBe(401)
      expect(await site.store.users.findByName('mona')).toMatchObject({ state: 'active' })
    } finally {
      await server.stop()
    }
  })

  it('as oauth2-mock-server change their keys with overlap and take them back, without a restart here', async () => {
    const first = new OAuth2Server()
    await first.issuer.keys.generate('RS256', { kid: 'one' })
    await first.start(0, '127.0.0.1')
    const url = first.issuer.url ?? ''
    await using site = await startConfigured(settings(`jwks_url: '${url}/jwks'`, url))
    const one = await tokenFrom(first, 'one')
    expect(await statusOf(site, one)).toBe(200)
    await first.issuer.keys.generate('ES256', { kid: 'two' })
    const two = await tokenFrom(first, 'two')
    // Once the cool-down is over.
    await until(async () => ((await statusOf(site, two)) === 200 ? true : undefined), 15_000)
    expect(await statusOf(site, one)).toBe(200)
    const kept = first.issuer.keys.toJSON(true).find(({ kid }) => kid === 'two')
    await first.stop()
    const second = new OAuth2Server()
    await second.issuer.keys.add({ ...kept })
    await second.issuer.keys.generate('PS256', { kid: 'three' })
    await second.start(Number(new URL(url).port), '127.0.0.1')
    const three = await tokenFrom(second, 'three')
    await until(async () => ((await statusOf(site, three)) === 200 ? true : undefined), 15_000)
    expect([await statusOf(site, two), await statusOf(site, one)]).toEqual([200, 401])
    await second.stop()
  }, 60_000)

  it('as oidc-provider are believed when their access tokens are for this service, and not for another', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    const provider = new Provider(url, {
      clients: [
        {
          client_id: 'renderer',
          client_secret: 'a secret of the render farm',
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
          id_token_signed_response_alg: 'ES256',
        },
      ],
      jwks: {
        keys: [
          {
            ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
            kid: 'p',
            use: 'sig',
            alg: 'ES256',
          },
        ],
      },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context, resource) => ({
            scope: 'run',
            audience: resource.slice('urn:'.length),
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'ES256' } },
          }),
        },
      },
    })
    server.on('request', provider.callback())
    const tokenFor = async (resource: string): Promise<string> => {
      const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'run', resource })
      const authorization = `Basic ${Buffer.from('renderer:a+secret+of+the+render+farm').toString('base64')}`
      const answer = await fetch(`${url}/token`, { method: 'POST', body, headers: { authorization } })
      return String(parseRecord(await answer.json()).access_token)
    }
    try {
      await using site = await startConfigured(settings(`jwks_url: '${url}/jwks', typ: at+jwt`, url))
      expect(await statusOf(site, await tokenFor('urn:comfyui'))).toBe(200)
      expect(await statusOf(site, await tokenFor('urn:elsewhere'))).toBe(401)
      expect(await site.store.users.findByName('renderer')).toMatchObject({ state: 'active' })
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})

/** As a client gets it; its keys take turns. */
async function tokenFrom({ issuer: { url }, service }: OAuth2Server, kid: string): Promise<string> {
  const aud = (token: { readonly payload: object }) =>
    void Object.assign(token.payload, { aud: 'comfyui', sub: 'farm' })
  service.on('beforeTokenSigning', aud)
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'run' })
  for (let turn = 0; turn < 4; turn += 1) {
    const answer = await fetch(`${url}/token`, { method: 'POST', body })
    const token = String(parseRecord(await answer.json()).access_token)
    const [header = ''] = token.split('.')
    if (parseRecord(JSON.parse(Buffer.from(header, 'base64url').toString())).kid === kid) return token
  }
  throw new Error(`nothing is signed with ${kid}`)
}
