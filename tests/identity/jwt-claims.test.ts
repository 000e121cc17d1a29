/** What do claims make of a person? Names, tenants, groups and roles, from a token to the walls between tenants. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Configured, startConfigured } from '../support/configured.ts'
import { savedPicture } from '../support/graphs.ts'
import { createPerson, type Person, parseRecord, until } from '../support/person.ts'
import { startTokenIssuer, type TokenIssuer } from '../support/token-issuer.ts'
import { cannotTell, findsNothingOf, unheardOfId } from '../support/verdicts.ts'

let issuer: TokenIssuer
let site: Configured

const settings = () => `
tenancy: { identity_header: X-FunArt-Comfy-UserId }
auth:
  jwt:
    - name: studio
      issuer: ${issuer.url}
      audience: comfyui
      jwks_url: ${issuer.jwksUrl}
      claims: { user: preferred_username, tenant: 'https://studio\\.example/org.id', groups: realm.groups }
      accounts: { role: user, roles: { leads: power, admins: admin } }
    - name: backend
      issuer: ${issuer.url}
      audience: backend
      jwks_url: ${issuer.jwksUrl}
      claims: { user: user_id, subject: user_id, role: r }
      accounts: { roles: { artist: user, boss: admin } }
    - name: closed
      issuer: ${issuer.url}
      audience: closed
      jwks_url: ${issuer.jwksUrl}
      accounts: { provision: false }
    - name: shared
      issuer: ${issuer.url}
      audience: shared
      jwks_url: ${issuer.jwksUrl}
      claims: { tenant: org }
      accounts: { names: shared }
`

const orgClaim = 'https://studio.example/org'
const studio = (name: string, org: unknown, groups: unknown = []) =>
  issuer.token(`id-of-${name}`, { preferred_username: name, [orgClaim]: { id: org }, realm: { groups } })

const personWith = (name: string, key: string, folderKey = 'no folder'): Person =>
  createPerson({ name, address: site.address, key, folderKey })

const statusOf = async (key: string, path = '/queue') => (await personWith('somebody', key).fetch(path)).status
const roleOf = async (key: string) => (await personWith('somebody', key).json('/gatehouse/api/v1/me')).role

beforeAll(async () => {
  issuer = await startTokenIssuer()
  site = await startConfigured(settings())
  await site.store.users.add({ name: 'owen', role: 'owner', passwordHash: null })
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await issuer[Symbol.asyncDispose]()
})

describe('two tenants by a claim', () => {
  it('are walled off from each other, and people of one share a world', async () => {
    const alice = personWith('alice', await studio('alice', 'acme'))
    const ann = personWith('ann', await studio('ann', 'acme'))
    const bob = personWith('bob', await studio('bob', 4711))
    const cat = await alice.queues(savedPicture('claimed-cat'))
    await cat.finishes()
    await alice.post('/userdata/workflows%2Fplan.json', { plan: 'secret-plan' })
    expect(Object.keys(await ann.json(`/history/${cat.id}`))).toEqual([cat.id])
    await bob.fetch('/queue')
    for (const path of ['/history/{id}', '/jobs/{id}']) await cannotTell(site, bob, { path }, cat.id, unheardOfId())
    await findsNothingOf(
      bob,
      [cat.id, 'claimed-cat', 'secret-plan'],
      ['/history', '/queue', '/jobs', '/userdata?dir=workflows'],
    )
    expect((await bob.fetch('/userdata/workflows%2Fplan.json')).status).toBe(404)
    expect((await bob.fetch('/view?filename=claimed-cat_00001_.png&type=output')).status).toBe(404)
    expect((await alice.fetch('/view?filename=claimed-cat_00001_.png&type=output')).status).toBe(200)
  })

  it('hear nothing of each other', async () => {
    const alice = personWith('alice', await studio('alice', 'acme'))
    const bob = personWith('bob', await studio('bob', 4711))
    using ears = await bob.listens()
    using own = await alice.listens('alice-tab')
    const cat = await alice.queues(savedPicture('heard-cat'), { client_id: 'alice-tab' })
    await own.hears(({ type, data }) => type === 'executing' && data.node === null && data.prompt_id === cat.id)
    expect(JSON.stringify(ears.messages)).not.toContain(cat.id)
  })

  it('of which one is named as a local tenant are not that tenant', async () => {
    const local = await site.store.users.add({ name: 'lena', role: 'user', passwordHash: null, tenantName: 'local' })
    expect(await statusOf(await studio('lena', 'local'))).toBe(200)
    const others = (await site.store.users.list()).filter(({ name }) => name.startsWith('lena'))
    expect(others.map(({ name }) => name).toSorted()).toEqual(['lena', 'lena@studio'])
    expect(new Set(others.map(({ tenant }) => tenant.id)).size).toBe(2)
    expect((await site.store.users.findById(local.id))?.tenant.id).toBe(local.tenant.id)
  })
})

describe('a claim', () => {
  it('that is configured and missing or malformed refuses', async () => {
    const claims = { preferred_username: 'dora', [orgClaim]: { id: 'acme' }, realm: { groups: [] } }
    expect(await statusOf(await issuer.token('dora', claims))).toBe(200)
    const broken = [
      { ...claims, preferred_username: undefined },
      { ...claims, preferred_username: 'two\nlines' },
      { ...claims, preferred_username: 'a/b' },
      { ...claims, [orgClaim]: {} },
      { ...claims, [orgClaim]: { id: '../up' } },
      { ...claims, [orgClaim]: 'acme' },
      { ...claims, 'https://studio.example/org.id': 'acme', [orgClaim]: undefined },
      { ...claims, realm: {} },
      { ...claims, realm: { groups: [7] } },
      { ...claims, sub: '' },
    ]
    for (const more of broken) expect(await statusOf(await issuer.token('dora', more)), JSON.stringify(more)).toBe(401)
  })

  it('of groups gives the role of the first line that fits, and another one takes it away at once', async () => {
    expect(await roleOf(await studio('erin', 'acme', ['leads', 'everybody']))).toBe('power')
    expect(await roleOf(await studio('erin', 'acme', ['admins', 'leads']))).toBe('power')
    const admin = await studio('erin', 'acme', ['admins'])
    expect(await roleOf(admin)).toBe('admin')
    expect(await roleOf(await studio('erin', 'acme', ['nobodies']))).toBe('user')
    await until(async () => ((await site.store.users.findByName('erin'))?.role === 'user' ? true : undefined))
  })

  it('of a role counts where the configuration has it, and no token makes an owner of itself', async () => {
    const backend = (r: unknown) => issuer.token('unused', { aud: 'backend', user_id: 7, r })
    expect(await roleOf(await backend('artist'))).toBe('user')
    expect(await roleOf(await backend('boss'))).toBe('admin')
    for (const role of ['owner', 'admin', 'Boss', '', undefined, ['boss'], '__proto__', 'constructor']) {
      expect(await statusOf(await backend(role)), String(role)).toBe(401)
    }
  })

  it('of a name never makes somebody a local account, but where the issuer is trusted with those', async () => {
    expect(await roleOf(await studio('owen', 'acme'))).toBe('user')
    const owen = await site.store.users.findByName('owen')
    const own = await personWith('owen', await issuer.token('x', { sub: 'owen', aud: 'shared', org: 'acme' })).json(
      '/gatehouse/api/v1/me',
    )
    expect(own.role).toBe('owner')
    expect(owen?.role).toBe('owner')
  })

  it('of a stranger makes no account where that is switched off', async () => {
    expect(await statusOf(await issuer.token('nora', { aud: 'closed' }))).toBe(401)
    const nora = await site.store.users.add({ name: 'nora', role: 'user', passwordHash: null })
    expect(await statusOf(await issuer.token('nora', { aud: 'closed' }))).toBe(401)
    await site.store.linkedIdentities.link({ issuer: issuer.url, subject: 'nora', tenantName: '' }, nora.id)
    await until(async () =>
      (await statusOf(await issuer.token('nora', { aud: 'closed' }))) === 200 ? true : undefined,
    )
  })

  it('proves no more than a key does: it makes no keys and changes nobody', async () => {
    const boss = personWith('boss', await issuer.token('unused', { aud: 'backend', user_id: 8, r: 'boss' }))
    expect((await boss.post('/gatehouse/api/v1/keys', { label: 'more' })).status).toBe(403)
  })
})

describe('the list of security events', () => {
  it('has every account that a token makes, and every role that one changes', async () => {
    await statusOf(await studio('fay', 'acme', ['leads']))
    await statusOf(await studio('fay', 'acme'))
    const told = async () => {
      const events = await site.store.audit.page({ from: { after: 0 }, limit: 500, name: 'fay' })
      return events.length < 2
        ? undefined
        : events.map(({ kind, event }) => ({ kind, ...parseRecord(JSON.parse(event)) }))
    }
    expect(await until(told)).toMatchObject([
      { kind: 'user.created', method: 'studio', detail: { role: 'power', issuer: issuer.url, subject: 'id-of-fay' } },
      { kind: 'user.changed', method: 'studio', detail: { role: 'user' } },
    ])
  })
})

describe('the identity header', () => {
  const heard = () =>
    site.practice.requests.map(({ method, url, headers }) => ({
      what: `${method} ${url?.split('?')[0]}`,
      names: Object.entries(headers).filter(([name]) => /funart/i.test(name)),
    }))

  it('tells ComfyUI the user name with prompts, files and uploads, whatever the client says in any spelling', async () => {
    const greta = personWith('greta', await studio('Gr\u00e9ta', 'acme'))
    const lies = Object.fromEntries(
      ['X-FunArt-Comfy-UserId', 'X_FunArt_Comfy_UserId', 'x-funart-comfy_userid', 'X-FUNART-COMFY-USERID2'].map(
        (name) => [name, 'owen'],
      ),
    )
    await greta.uploads('me.png', Buffer.from('png'))
    site.practice.forgetRequests()
    await greta.fetch('/view?filename=me.png&type=input', { headers: lies })
    await greta.fetch('/api/prompt', {
      method: 'POST',
      headers: { ...lies, 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: savedPicture('greta') }),
    })
    const form = new FormData()
    form.append('image', new Blob(['png']), 'you.png')
    await greta.fetch('/upload/image', { method: 'POST', body: form, headers: lies })
    const requests = heard()
    const named = ['x-funart-comfy-userid', 'gr%C3%A9ta']
    for (const what of ['GET /view', 'POST /prompt', 'POST /upload/image']) {
      const found = requests.filter((request) => request.what.endsWith(what.slice(what.indexOf('/'))))
      expect(found.length, what).toBeGreaterThan(0)
      expect(
        found.flatMap(({ names }) => names),
        what,
      ).toEqual(found.map(() => named))
    }
    expect(JSON.stringify(requests)).not.toContain('owen')
  })

  it('is absent from what is asked once for everybody', async () => {
    await site.restart()
    site.practice.forgetRequests()
    expect(await statusOf(await studio('Gr\u00e9ta', 'acme'), '/object_info')).toBe(200)
    const asked = heard().filter(({ what }) => what === 'GET /object_info')
    expect(asked.map(({ names }) => names)).toEqual([[]])
  })
})
