import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWalker, type Walker } from '../support/cookie-jar.ts'
import { until } from '../support/person.ts'
import { type CompanyLogin, companyYaml, locationOf, startCompanyLogin, walkThere } from './company-login.ts'

const grouped = `      claims: { user: preferred_username, tenant: org.id, groups: groups }
      accounts: { roles: { leads: power, artists: user } }
`
let stage: CompanyLogin
let walker: Walker
beforeEach(() => {
  walker = createWalker()
})
afterEach(() => stage[Symbol.asyncDispose]())

async function begin(more = ''): Promise<void> {
  stage = await startCompanyLogin((issuer) => companyYaml(issuer, more))
  stage.issuer.people.set('u-1', { preferred_username: 'Anna', groups: ['artists'], org: { id: 'Acme' } })
  stage.issuer.people.set('u-2', { preferred_username: 'Bert' })
}

/** The page that a wrong answer leads to; nobody is signed in. */
async function refusal(callback: string): Promise<string> {
  const back = await walker.go(callback, { fromElsewhere: true })
  expect(await stage.me(walker)).toBeUndefined()
  expect(await stage.gatehouse.store.sessions.list()).toEqual([])
  return locationOf(back, callback).replace(stage.gatehouse.address, '')
}

describe('a login at a provider', () => {
  it('makes the account at the first visit, opens a session, and leads through the login page to where the person was', async () => {
    await begin()
    const { page, user } = await stage.logsIn(walker, 'u-1')
    expect(page).toBe(`${stage.gatehouse.address}/login?next=%2Fgraph`)
    expect(user).toBe('anna')
    const [session] = await stage.gatehouse.store.sessions.list()
    expect(session).toMatchObject({ method: 'oidc', issuer: stage.issuer.url, factor: null })
    expect(session?.issuerSession).toMatch(/.{10}/)
    const member = await stage.gatehouse.store.users.findByName('anna')
    expect(member).toMatchObject({ passwordHash: null, role: 'user' })
    await stage.logsIn(createWalker(), 'u-1')
    expect(await stage.gatehouse.store.users.list()).toHaveLength(1)
  })

  it('tells people apart by what the provider calls them for ever, never by a name', async () => {
    await begin()
    await stage.gatehouse.store.users.add({ name: 'anna', role: 'owner', passwordHash: null })
    expect((await stage.logsIn(walker, 'u-1')).user).toBe('anna@company')
    stage.issuer.people.set('u-1', { preferred_username: 'Annabel' })
    expect((await stage.logsIn(createWalker(), 'u-1')).user).toBe('anna@company')
    stage.issuer.people.set('u-3', { preferred_username: 'Anna' })
    expect((await stage.logsIn(createWalker(), 'u-3')).user).toMatch(/^anna@company-[0-9a-f]{8}$/)
  })

  it('gives the role of a group and the tenant of a claim, changes the role with the group, and refuses who has none', async () => {
    await begin(grouped)
    await stage.logsIn(walker, 'u-1')
    const { users } = stage.gatehouse.store
    expect(await users.findByName('anna')).toMatchObject({ role: 'user', tenant: { label: 'company/acme' } })
    stage.issuer.people.set('u-1', { preferred_username: 'Anna', groups: ['leads'], org: { id: 'Acme' } })
    await stage.logsIn(createWalker(), 'u-1')
    expect(await users.findByName('anna')).toMatchObject({ role: 'power' })
    stage.issuer.people.set('u-1', { preferred_username: 'Anna', groups: ['cleaners'], org: { id: 'Acme' } })
    expect((await stage.logsIn(createWalker(), 'u-1')).page).toContain('/login?problem=login_refused')
    stage.issuer.people.set('u-1', { preferred_username: 'Anna', groups: ['leads'] })
    expect((await stage.logsIn(createWalker(), 'u-1')).page).toContain('/login?problem=login_refused')
  })

  it('lets nobody in whose account is disabled, or who is not linked where accounts are not made', async () => {
    await begin()
    await stage.logsIn(walker, 'u-1')
    const member = await stage.gatehouse.store.users.findByName('anna')
    if (member === undefined) throw new Error('anna is not there')
    await stage.gatehouse.store.users.setState(member.id, 'disabled')
    await until(async () => ((await stage.me(walker)) === undefined ? true : undefined))
    expect((await stage.logsIn(createWalker(), 'u-1')).page).toContain('problem=login_refused')
    stage.gatehouse.rewrite(companyYaml(stage.issuer.url, '      accounts: { provision: false }\n'))
    expect((await stage.logsIn(createWalker(), 'u-2')).page).toContain('problem=login_refused')
    expect(await stage.gatehouse.store.users.list()).toHaveLength(1)
  })

  it('counts a second factor that the provider saw', async () => {
    await begin()
    stage.issuer.proof = { amr: ['pwd', 'otp'] }
    await stage.logsIn(walker, 'u-1')
    expect(await stage.gatehouse.store.sessions.list()).toMatchObject([{ factor: 'issuer' }])
  })

  it('takes the place of the session that the browser had', async () => {
    await begin()
    await stage.logsIn(walker, 'u-1')
    const [first] = await stage.gatehouse.store.sessions.list()
    const callback = await stage.logsInThere(walker, 'u-1')
    await walker.go(callback, { fromElsewhere: true })
    const open = await stage.gatehouse.store.sessions.list()
    expect(open).toHaveLength(1)
    expect(open[0]?.id).not.toBe(first?.id)
  })

  it('is no new proof where the provider remembers the person, who did nothing but click', async () => {
    await begin()
    await stage.logsIn(walker, 'u-1')
    const beginMs = Date.now()
    await stage.logsIn(walker, 'nobody: no form is shown')
    const [session] = await stage.gatehouse.store.sessions.list()
    expect(session?.createdAtMs).toBeGreaterThanOrEqual(beginMs)
    expect(session?.provenAtMs).toBeLessThanOrEqual(beginMs)
  })

  it('is no new proof where nobody is asked when because the question was taken out on the way', async () => {
    await begin()
    await stage.logsIn(walker, 'u-1')
    const beginMs = Date.now()
    const login = `${stage.api}/oidc/company/login?fresh=true`
    const there = new URL(locationOf(await walker.go(login), login))
    for (const name of ['prompt', 'max_age']) there.searchParams.delete(name)
    const callback = await walkThere(walker, stage.issuer.url, there.href, 'nobody: no form is shown')
    await walker.go(callback, { fromElsewhere: true })
    const [session] = await stage.gatehouse.store.sessions.list()
    expect(session?.createdAtMs).toBeGreaterThanOrEqual(beginMs)
    expect(session?.provenAtMs).toBeLessThanOrEqual(beginMs)
  })

  it('asks for the proof again when it is asked to, and remembers when it was given', async () => {
    await begin()
    const beginMs = Math.floor(Date.now() / 1_000) * 1_000
    await stage.logsIn(walker, 'u-1', `${stage.api}/oidc/company/login?fresh=true`)
    const [first] = await stage.gatehouse.store.sessions.list()
    expect((first?.provenAtMs ?? 0) % 1_000).toBe(0)
    expect(first?.provenAtMs).toBeGreaterThanOrEqual(beginMs)
    const start = await walker.go(`${stage.api}/oidc/company/login?fresh=true`)
    const query = new URL(locationOf(start, stage.api)).searchParams
    expect([query.get('prompt'), query.get('max_age')]).toEqual(['login', '0'])
  })
})

describe('an answer of a provider', () => {
  it('opens nothing in another browser than the one that began', async () => {
    await begin()
    const callback = await stage.logsInThere(createWalker(), 'u-1')
    expect(await refusal(callback)).toBe('/login?problem=login_expired')
    await walker.go(`${stage.api}/oidc/company/login`)
    expect(await refusal(callback)).toMatch(/^\/login\?problem=login_refused/)
  })

  it('counts once', async () => {
    await begin()
    const cookie = async (): Promise<[string, string]> => {
      const found = [...walker.cookies(stage.gatehouse.address)].find(([name]) => name.startsWith('gh_login'))
      if (found === undefined) throw new Error('there is no sealed cookie')
      return found
    }
    const callback = await stage.logsInThere(walker, 'u-1')
    const [name, value] = await cookie()
    await walker.go(callback, { fromElsewhere: true })
    expect(await stage.me(walker)).toBe('anna')
    await walker.go(`${stage.api}/logout`, { method: 'POST' })
    walker.put(stage.gatehouse.address, name, value)
    expect(await refusal(callback)).toBe('/login?problem=login_expired')
  })

  it.each([
    ['another state', 'state', 'x'.repeat(43)],
    ['another issuer (RFC 9207)', 'iss', 'https://other.example'],
    ['no issuer', 'iss', undefined],
    ['no code', 'code', undefined],
    ['another code', 'code', 'y'.repeat(43)],
    ['a state of thousands of characters', 'state', 's'.repeat(4_000)],
  ])('is refused with %s', async (_what, name, value) => {
    await begin()
    const callback = new URL(await stage.logsInThere(walker, 'u-1'))
    if (value === undefined) callback.searchParams.delete(name)
    else callback.searchParams.set(name, value)
    expect(await refusal(callback.href)).toMatch(/^\/login\?problem=login_refused/)
  })

  it('is refused with a sealed cookie that was changed, is of another provider, or is there twice', async () => {
    await begin()
    const callback = await stage.logsInThere(walker, 'u-1')
    const origin = stage.gatehouse.address
    const [name = '', value = ''] = [...walker.cookies(origin)].find(([one]) => one.startsWith('gh_login')) ?? []
    const flipped = `${value.slice(0, 40)}${value[40] === 'A' ? 'B' : 'A'}${value.slice(41)}`
    for (const [cookie, address] of [
      [`${name}=${flipped}`, callback],
      [`${name}=${value}; ${name}=${value}`, callback],
      [`${name}=${value}`, callback.replace('/company/', '/other/')],
    ] as const) {
      const answer = await fetch(address, { redirect: 'manual', headers: { cookie } })
      expect(locationOf(answer, origin)).toBe(`${origin}/login?problem=login_expired`)
    }
  })

  it('leads to pages of ours only, whatever the path to come back to is', async () => {
    await begin()
    for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      const { page } = await stage.logsIn(
        createWalker(),
        'u-1',
        `${stage.api}/oidc/company/login?next=${encodeURIComponent(next)}`,
      )
      expect(new URL(page).origin + new URL(page).pathname).toBe(`${stage.gatehouse.address}/login`)
    }
  })
})

describe('the beginning of a login', () => {
  it('binds the answer with PKCE, state and nonce, and keeps the cookie short and at home', async () => {
    await begin()
    const answer = await walker.go(`${stage.api}/oidc/company/login`)
    const query = new URL(locationOf(answer, stage.api)).searchParams
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      scope: 'openid profile',
      redirect_uri: `${stage.api}/oidc/company/callback`,
    })
    for (const name of ['state', 'nonce', 'code_challenge']) expect(query.get(name)).toMatch(/^[\w-]{43}$/)
    const [line = ''] = answer.headers.getSetCookie()
    expect(line).toMatch(/^gh_login_\w+=[\w-]+; Max-Age=600; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/)
    expect(line).not.toContain(query.get('state'))
  })

  it('is for clicks on our own page: another site only gets people to the login page', async () => {
    await begin()
    for (const site of ['cross-site', 'same-site']) {
      const answer = await fetch(`${stage.api}/oidc/company/login?next=%2Fgraph`, {
        redirect: 'manual',
        headers: { 'sec-fetch-site': site },
      })
      expect(answer.headers.get('location')).toBe('/login?next=%2Fgraph')
      expect(answer.headers.getSetCookie()).toEqual([])
    }
  })

  it('says where it comes from only where that is known', async () => {
    await begin()
    const { port } = new URL(stage.gatehouse.address)
    const answer = await fetch(`${stage.api}/oidc/company/login`, { redirect: 'manual' })
    expect(answer.headers.get('location')).toContain(encodeURIComponent(`http://127.0.0.1:${port}/`))
    expect(await hostAsked(`evil.example:${port}`)).toBe('/login?problem=no_public_url&next=%2F')
  })

  it('is told to everybody who looks at the login page, and nothing else of the provider is', async () => {
    await begin()
    const answer = await fetch(`${stage.api}/login-options`)
    expect(await answer.json()).toEqual({
      registration: false,
      providers: [{ name: 'company', label: 'Company login' }],
    })
  })
})

async function hostAsked(host: string): Promise<string | undefined> {
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const asked = request(`${stage.api}/oidc/company/login`, { headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.headers.location)
    })
    asked.once('error', reject)
    asked.end()
  })
}

describe('a provider that is down', () => {
  it('keeps nobody from a password, and is asked again when it is up', async () => {
    await begin()
    stage.issuer.isDown = true
    const answer = await walker.go(`${stage.api}/oidc/company/login?next=%2Fgraph`)
    expect(answer.headers.get('location')).toBe('/login?problem=provider_down&next=%2Fgraph')
    expect((await walker.go(`${stage.gatehouse.address}/login`)).status).toBe(200)
    stage.issuer.isDown = false
    const begun = await until(async () => {
      const again = await walker.go(`${stage.api}/oidc/company/login`)
      return again.headers.get('location')?.startsWith(stage.issuer.url) ? true : undefined
    })
    expect(begun).toBe(true)
  })

  it('opens nothing when it goes down in the middle', async () => {
    await begin()
    const callback = await stage.logsInThere(walker, 'u-1')
    stage.issuer.isDown = true
    expect(await refusal(callback)).toMatch(/^\/login\?problem=provider_down/)
  })
})

describe('a discovery document', () => {
  it.each([
    ['token_endpoint', 'https://127.0.0.2.evil.example/token', 'reaches another host over https'],
    ['authorization_endpoint', 'javascript:alert(1)', undefined],
    ['jwks_uri', 'http://internal.example/keys', undefined],
    ['token_endpoint', 'file:///etc/passwd', undefined],
    ['userinfo_endpoint', 'http://169.254.169.254/latest/meta-data', undefined],
    ['end_session_endpoint', 'http://user:pass@internal.example/', undefined],
    ['issuer', 'https://other.example', undefined],
  ])('that names %s as %s sends nobody there', async (name, value, reaches) => {
    await begin()
    stage.issuer.twist = (document) => ({ ...document, [name]: value })
    const answer = await walker.go(`${stage.api}/oidc/company/login`)
    const location = answer.headers.get('location') ?? ''
    if (reaches === undefined) expect(location).toBe('/login?problem=provider_down&next=%2F')
    else expect(location).toContain(stage.issuer.url)
  })

  it('is not followed to another address', async () => {
    await begin()
    stage.issuer.redirectsDiscoveryTo = `${stage.issuer.url}/elsewhere`
    const answer = await walker.go(`${stage.api}/oidc/company/login`)
    expect(answer.headers.get('location')).toContain('problem=provider_down')
    expect(stage.issuer.asked).not.toContain('GET /elsewhere')
  })
})

describe('a provider that is taken out of the configuration', () => {
  it('has opened nothing any more', async () => {
    await begin()
    await stage.logsIn(walker, 'u-1')
    expect(await stage.me(walker)).toBe('anna')
    stage.gatehouse.rewrite('')
    await until(async () => ((await stage.me(walker)) === undefined ? true : undefined))
    expect((await walker.go(`${stage.api}/oidc/company/login`)).headers.get('location')).toContain(
      'problem=login_failed',
    )
  })
})
