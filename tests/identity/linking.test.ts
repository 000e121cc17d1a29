import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { createWalker, type Walker } from '../support/cookie-jar.ts'
import { until } from '../support/person.ts'
import { type CompanyLogin, companyYaml, locationOf, startCompanyLogin, walkThere } from './company-login.ts'

const password = 'olga opens the door 1'
let stage: CompanyLogin
let walker: Walker
beforeEach(async () => {
  walker = createWalker()
  stage = await startCompanyLogin()
  stage.issuer.people.set('u-1', { preferred_username: 'anna' })
  stage.issuer.people.set('u-2', { preferred_username: 'bert' })
  const passwordHash = await createPasswords().hash(password)
  await stage.gatehouse.store.users.add({ name: 'olga', role: 'user', passwordHash })
})
afterEach(() => stage[Symbol.asyncDispose]())

async function call(
  method: string,
  path: string,
  body?: object,
  of = walker,
): Promise<{ status: number; body: unknown }> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const answer = await of.go(`${stage.api}${path}`, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

function read(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined), value)
}

async function olgaIsIn(): Promise<void> {
  expect((await call('POST', '/login', { username: 'olga', password })).status).toBe(200)
}

/** Begins here, proves there, and comes back: the page where the browser ends. */
async function links(as: string): Promise<string> {
  const { body } = await call('POST', '/identities', { provider: 'company' })
  const callback = await walkThere(walker, stage.issuer.url, String(read(body, 'next')), as)
  const back = await walker.go(callback, { fromElsewhere: true })
  return locationOf(back, callback).replace(stage.gatehouse.address, '')
}

describe('an identity of a provider', () => {
  it('is linked to an account by both proofs, and logs in to it from then on', async () => {
    await olgaIsIn()
    expect(await links('u-1')).toBe('/account?linked=company')
    expect(await stage.me(walker)).toBe('olga')
    const { body } = await call('GET', '/identities')
    expect(body).toMatchObject([{ provider: 'company', issuer: stage.issuer.url, subject: 'u-1' }])
    expect((await stage.logsIn(createWalker(), 'u-1')).user).toBe('olga')
    expect((await stage.gatehouse.store.users.list()).map(({ name }) => name)).toEqual(['olga'])
  })

  it('is not taken from the account that has it', async () => {
    await stage.logsIn(createWalker(), 'u-1')
    await olgaIsIn()
    expect(await links('u-1')).toBe('/account?problem=identity_taken')
    expect((await call('GET', '/identities')).body).toEqual([])
    expect((await stage.logsIn(createWalker(), 'u-1')).user).toBe('anna')
  })

  it('is linked to nobody when the session that began it is over, or another person is in it', async () => {
    await olgaIsIn()
    const { body } = await call('POST', '/identities', { provider: 'company' })
    const callback = await walkThere(walker, stage.issuer.url, String(read(body, 'next')), 'u-1')
    await call('POST', '/logout')
    const back = await walker.go(callback, { fromElsewhere: true })
    expect(locationOf(back, callback)).toContain('/account?problem=login_refused')
    expect(await stage.gatehouse.store.linkedIdentities.findAll({ issuer: stage.issuer.url, subject: 'u-1' })).toEqual(
      [],
    )
  })

  it("is the linked account's from the next login on, also where it was taken for another of its name a moment ago", async () => {
    stage.gatehouse.rewrite(companyYaml(stage.issuer.url, '      accounts: { names: shared }\n'))
    await stage.gatehouse.store.users.add({ name: 'anna', role: 'user', passwordHash: null })
    expect((await stage.logsIn(createWalker(), 'u-1')).user).toBe('anna')
    await olgaIsIn()
    expect(await links('u-1')).toBe('/account?linked=company')
    expect((await stage.logsIn(createWalker(), 'u-1')).user).toBe('olga')
  })

  it('is unlinked by who has another way in, which ends what it opened; the last way in stays', async () => {
    await olgaIsIn()
    await links('u-1')
    const elsewhere = createWalker()
    await stage.logsIn(elsewhere, 'u-1')
    const id = read((await call('GET', '/identities')).body, '0', 'id')
    expect((await call('DELETE', `/identities/${id}`)).status).toBe(204)
    expect([await stage.me(walker), await stage.me(elsewhere)]).toEqual(['olga', undefined])
    expect((await stage.logsIn(createWalker(), 'u-1')).user).toBe('anna')
    const bert = createWalker()
    await stage.logsIn(bert, 'u-2')
    const last = read((await call('GET', '/identities', undefined, bert)).body, '0', 'id')
    const refused = await call('DELETE', `/identities/${last}`, undefined, bert)
    expect([refused.status, read(refused.body, 'error', 'type')]).toEqual([409, 'last_way_in'])
    expect((await stage.logsIn(createWalker(), 'u-2')).user).toBe('bert')
  })

  it('of somebody else is as one that is not there', async () => {
    const bert = createWalker()
    await stage.logsIn(bert, 'u-2')
    const id = read((await call('GET', '/identities', undefined, bert)).body, '0', 'id')
    await olgaIsIn()
    const [foreign, none] = [await call('DELETE', `/identities/${id}`), await call('DELETE', '/identities/nothing')]
    expect([foreign.status, none.status]).toEqual([404, 404])
    expect(read(foreign.body, 'error', 'message')).toBe(read(none.body, 'error', 'message'))
    expect((await stage.logsIn(createWalker(), 'u-2')).user).toBe('bert')
  })

  it('is written down, linked and unlinked', async () => {
    await olgaIsIn()
    await links('u-1')
    await call('DELETE', `/identities/${read((await call('GET', '/identities')).body, '0', 'id')}`)
    const events = await until(async () => {
      const rows = await stage.gatehouse.store.audit.page({ from: { before: undefined }, limit: 50 })
      const found = rows.filter(({ kind }) => kind.startsWith('identity.'))
      return found.length === 2 ? found : undefined
    })
    expect(events).toMatchObject([
      { kind: 'identity.unlinked', actorName: 'olga', target: 'olga' },
      {
        kind: 'identity.linked',
        actorName: 'olga',
        target: 'olga',
        event: expect.stringContaining('"provider":"company"'),
      },
    ])
  })

  it('is linked by a person in a browser only, never with a key', async () => {
    await olgaIsIn()
    const { body } = await call('POST', '/keys', { label: 'test' })
    const answer = await fetch(`${stage.api}/identities`, {
      method: 'POST',
      headers: { authorization: `Bearer ${read(body, 'key')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ provider: 'company' }),
    })
    expect(answer.status).toBe(403)
    expect((await call('POST', '/identities', { provider: 'company' }, createWalker())).status).toBe(401)
    expect((await call('POST', '/identities', { provider: 'nothing' })).status).toBe(404)
  })
})
