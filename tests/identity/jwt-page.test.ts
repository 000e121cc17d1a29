/** Does docs/identity/jwt.md say what works? Its configuration and its program are run as they are printed. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startConfigured, yamlOf } from '../support/configured.ts'
import { parseRecord } from '../support/person.ts'
import { startTokenIssuer, type TokenIssuer } from '../support/token-issuer.ts'

const page = 'docs/identity/jwt.md'
const text = readFileSync(join(import.meta.dirname, '../..', page), 'utf8')
const [withSecret = '', withKeys = '', withScopes = '', withCarriers = ''] = yamlOf(page)

let issuer: TokenIssuer
let folder: string
beforeAll(async () => {
  issuer = await startTokenIssuer()
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-page-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await issuer[Symbol.asyncDispose]()
})

/** Somebody of the page's issuer: only its addresses are those of the test. */
const atIssuer = (yaml: string): string => {
  const replaced = yaml
    .replace(/issuer: \S+/, `issuer: ${issuer.url}`)
    .replace(/jwks_url: \S+/, `jwks_url: ${issuer.jwksUrl}`)
  expect(replaced).toContain(`jwks_url: ${issuer.jwksUrl}`)
  return replaced
}

async function me(address: string, headers: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const answer = await fetch(`${address}/gatehouse/api/v1/me`, { headers })
  expect(answer.status).toBe(200)
  return parseRecord(await answer.json())
}

describe('the page about tokens', () => {
  it('leads from a clean directory to a request with a shared secret', async () => {
    const [, command = ''] = /```sh\n\s*(umask 077[^\n]*)\n/.exec(text) ?? []
    execFileSync('sh', ['-c', command], { cwd: folder, stdio: 'ignore' })
    const [, program = ''] = /```js\n([\s\S]*?)```/.exec(text) ?? []
    writeFileSync(join(folder, 'make-token.mjs'), program)
    const token = execFileSync(process.execPath, ['make-token.mjs'], { cwd: folder, encoding: 'utf8' }).trim()
    const yaml = withSecret.replace('studio-secret.txt', join(folder, 'studio-secret.txt'))
    expect(yaml).not.toBe(withSecret)
    await using site = await startConfigured(yaml)
    expect(await me(site.address, { authorization: `Bearer ${token}` })).toMatchObject({
      user: 'alice',
      role: 'user',
      tenant: 'backend/acme',
    })
  })

  it('maps names, tenants and groups of an issuer with public keys', async () => {
    await using site = await startConfigured(atIssuer(withKeys))
    const claims = { preferred_username: 'Bea', 'https://studio.example/tenant': 'birch' }
    const as = async (...roles: readonly string[]) => {
      const token = await issuer.token('b-1', { ...claims, realm_access: { roles } })
      return me(site.address, { authorization: `Bearer ${token}` })
    }
    expect(await as()).toMatchObject({ user: 'bea', role: 'guest', tenant: 'studio/birch' })
    expect(await as('others', 'comfyui-leads')).toMatchObject({ user: 'bea', role: 'power' })
  })

  it('limits a token to what it lists itself', async () => {
    await using site = await startConfigured(atIssuer(withScopes))
    const asked = async (method: string, path: string, claims: Readonly<Record<string, unknown>>) => {
      const headers = { authorization: `Bearer ${await issuer.token('farm-1', claims)}` }
      return (await fetch(`${site.address}${path}`, { method, headers })).status
    }
    const [, printed = ''] = /`(\{"scope": [^`]*\})`/.exec(text) ?? []
    const claims = parseRecord(JSON.parse(printed))
    expect(await asked('GET', '/queue', claims)).toBe(200)
    expect(await asked('POST', '/interrupt', claims)).toBe(200)
    expect(await asked('GET', '/models', claims)).toBe(403)
    expect(await asked('GET', '/queue', { scope: 'openid' })).toBe(403)
    expect(await asked('GET', '/queue', {})).toBe(401)
  })

  it('names carriers and the identity header', async () => {
    await using site = await startConfigured(atIssuer(withCarriers))
    const token = await issuer.token('carla')
    expect(await me(site.address, { 'x-studio-token': token })).toMatchObject({ user: 'carla' })
    expect(await me(site.address, { cookie: `studio_token=${token}` })).toMatchObject({ user: 'carla' })
    await fetch(`${site.address}/view?filename=x.png&type=output`, { headers: { 'x-studio-token': token } })
    const named = site.practice.requests.filter(({ headers }) => headers['x-funart-comfy-userid'] === 'carla')
    expect(named).toHaveLength(1)
  })
})
