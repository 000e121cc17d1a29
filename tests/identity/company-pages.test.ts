import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority, openAuthority } from '../../sidecar/src/tls/private-authority.ts'
import { type Configured, startConfigured, yamlOf } from '../support/configured.ts'
import { createWalker } from '../support/cookie-jar.ts'
import { clientSecret, startOidcIssuer } from '../support/oidc-issuer.ts'
import { until } from '../support/person.ts'
import { hasSlapd, type Slapd, slapdIsMissing, startSlapd } from '../support/slapd.ts'
import { locationOf, walkThere } from './company-login.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-pages-'))
  writeFileSync(join(folder, 'company-secret.txt'), clientSecret)
  writeFileSync(join(folder, 'directory-password.txt'), 'what gatehouse searches with\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Only paths and addresses are other ones. */
function here(yaml: string, addresses: Readonly<Record<string, string>>): string {
  const named = { 'company-secret.txt': '', 'directory-password.txt': '', 'studio-ca.pem': '' }
  const withPaths = Object.keys(named).reduce((text, name) => text.replaceAll(name, join(folder, name)), yaml)
  return Object.entries(addresses).reduce((text, [from, to]) => text.replaceAll(from, to), withPaths)
}

describe('the page about logging in at a provider', () => {
  const blocks = yamlOf('docs/identity/oidc.md')

  it.each(blocks.map((yaml, index) => [index + 1, yaml]))('sets it up with its block %i', async (_index, yaml) => {
    await using issuer = await startOidcIssuer()
    const text = here(String(yaml), { 'https://login.example.com/realms/studio': issuer.url })
    await using gatehouse = await startConfigured(text.replace(/server:\n {2}public_url: .*\n/, ''))
    issuer.admit(gatehouse.address, { clientSecret })
    issuer.people.set('u-1', { preferred_username: 'anna', groups: ['artists', 'show-one'] })
    const walker = createWalker()
    const start = `${gatehouse.address}/gatehouse/api/v1/oidc/company/login`
    const callback = await walkThere(walker, issuer.url, locationOf(await walker.go(start), start), 'u-1')
    expect(callback).toContain('/gatehouse/api/v1/oidc/company/callback?')
    const back = await walker.go(callback, { fromElsewhere: true })
    expect(locationOf(back, callback)).toBe(`${gatehouse.address}/login?next=%2F`)
    expect(await gatehouse.store.users.list()).toMatchObject([{ name: 'anna', role: 'user' }])
  })

  it('sends people back to the address that it names', async () => {
    await using issuer = await startOidcIssuer()
    const text = here(blocks[0] ?? '', { 'https://login.example.com/realms/studio': issuer.url })
    await using gatehouse = await startConfigured(text)
    issuer.admit(gatehouse.address, { clientSecret })
    const answer = await fetch(`${gatehouse.address}/gatehouse/api/v1/oidc/company/login`, { redirect: 'manual' })
    const sent = new URL(locationOf(answer, gatehouse.address)).searchParams.get('redirect_uri')
    expect(sent).toBe('https://comfy.example.com/gatehouse/api/v1/oidc/company/callback')
    expect(readFileSync('docs/identity/oidc.md', 'utf8')).toContain(`redirect URI \`${sent}\``)
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-gh-login=.*; HttpOnly; Secure; SameSite=Lax$/)
  })
})

describe.skipIf(!hasSlapd())(`the page about directories${hasSlapd() ? '' : ` (skipped: ${slapdIsMissing})`}`, () => {
  const [openLdap = '', activeDirectory = '', template = '', rechecked = ''] = yamlOf('docs/identity/ldap.md')
  let slapd: Slapd
  beforeAll(async () => {
    const authority = await createAuthority(folder, 'studio', 30)
    writeFileSync(join(folder, 'studio-ca.pem'), readFileSync(authority.certFile))
    const server = await (await openAuthority(folder)).signServer(['localhost', '127.0.0.1'], 30)
    slapd = await startSlapd({ tls: server })
  })
  afterAll(() => slapd[Symbol.asyncDispose]())

  async function answerOf(gatehouse: Configured): Promise<number> {
    const answer = await fetch(`${gatehouse.address}/gatehouse/api/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'anna', password: "anna's Lantern 4711" }),
    })
    return answer.status
  }

  it('sets up a directory that is searched', async () => {
    const text = here(openLdap, { 'ldap://directory.studio.example': `ldap://localhost:${slapd.port}` })
    await using gatehouse = await startConfigured(text)
    expect(await answerOf(gatehouse)).toBe(200)
    expect(await gatehouse.store.users.list()).toMatchObject([{ name: 'anna', role: 'user' }])
  })

  it('sets up one whose entries are known by name', async () => {
    const text = here(template, { 'ldaps://directory.studio.example': `ldaps://localhost:${slapd.securePort}` })
    await using gatehouse = await startConfigured(text)
    expect(await answerOf(gatehouse)).toBe(200)
  })

  it('sets up one that is asked again', async () => {
    const text = here(rechecked, { 'ldaps://directory.studio.example': `ldaps://localhost:${slapd.securePort}` })
    await using gatehouse = await startConfigured(text.replace('recheck: 15m', 'recheck: 1s'))
    expect(await answerOf(gatehouse)).toBe(200)
    const searches = () => slapd.log().match(/SRCH base="ou=people/g)?.length ?? 0
    const before = searches()
    await until(async () => (searches() >= before + 2 ? true : undefined))
    expect(await gatehouse.store.sessions.list()).toMatchObject([{ method: 'ldap' }])
  })

  it('sets up Active Directory, which is not there', async () => {
    const text = here(activeDirectory, { 'ldaps://dc1.studio.example': 'ldaps://127.0.0.1:1' })
    await using gatehouse = await startConfigured(text)
    expect(await answerOf(gatehouse)).toBe(503)
  })
})
