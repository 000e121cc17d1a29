import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { createWalker, type Walker } from '../support/cookie-jar.ts'
import { parseRecord, until } from '../support/person.ts'
import { type CompanyLogin, companyYaml, startCompanyLogin } from './company-login.ts'

const grouped = `      claims: { user: preferred_username, groups: groups }
      accounts: { roles: { leads: power, artists: user } }
      recheck: 1s
`
let stage: CompanyLogin
let walker: Walker
beforeEach(() => {
  walker = createWalker()
})
afterEach(() => stage[Symbol.asyncDispose]())

async function begin(more = ''): Promise<void> {
  stage = await startCompanyLogin((issuer) => companyYaml(issuer, grouped + more))
  stage.issuer.people.set('u-1', { preferred_username: 'anna', groups: ['artists'] })
  expect((await stage.logsIn(walker, 'u-1')).user).toBe('anna')
}

const asked = (): number => stage.issuer.asked.filter((line) => line === 'POST /token').length

async function isAskedAgain(times = 1): Promise<void> {
  const before = asked()
  await until(async () => (asked() >= before + times ? true : undefined))
}

async function isOut(of = walker): Promise<void> {
  await until(async () => ((await stage.me(of)) === undefined ? true : undefined))
}

async function post(as: Walker, path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const answer = await as.go(`${stage.api}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  const text = await answer.text()
  return text === '' ? {} : parseRecord(JSON.parse(text))
}

const key = async (): Promise<string> => String((await post(walker, '/keys', { label: 'test' })).key)

async function statusWith(apiKey: string): Promise<number> {
  return (await fetch(`${stage.gatehouse.address}/queue`, { headers: { authorization: `Bearer ${apiKey}` } })).status
}

/** On whom, and from what to what; oldest first. */
async function told(): Promise<readonly (readonly [unknown, unknown])[]> {
  const rows = await stage.gatehouse.store.audit.page({ from: { after: 0 }, limit: 100, kind: 'user.changed' })
  return rows.map(({ event }) => parseRecord(JSON.parse(event))).map(({ target, detail }) => [target, detail])
}

describe('a provider that is asked again', () => {
  it('keeps the session while it knows the person, with a new refresh token each time', async () => {
    await begin()
    await isAskedAgain(3)
    expect(await stage.me(walker)).toBe('anna')
  })

  it('ends the session when it does not any more; keys and the account stay', async () => {
    await begin()
    const apiKey = await key()
    await stage.issuer.revokes('u-1')
    await isOut()
    expect(await statusWith(apiKey)).toBe(200)
    expect(await stage.gatehouse.store.users.findByName('anna')).toMatchObject({ state: 'active' })
  })

  it('suspends the account with its keys where that is wished, until it lets the person in again', async () => {
    await begin('      suspend_missing: true\n')
    const apiKey = await key()
    await stage.issuer.revokes('u-1')
    await isOut()
    await until(async () => ((await statusWith(apiKey)) === 401 ? true : undefined))
    expect(await stage.gatehouse.store.users.findByName('anna')).toMatchObject({ state: 'disabled' })
    expect((await stage.logsIn(createWalker(), 'u-1')).user).toBe('anna')
    expect(await statusWith(apiKey)).toBe(200)
  })

  it('has it written down whom it suspended, and that it let them in again', async () => {
    await begin('      suspend_missing: true\n')
    await stage.issuer.revokes('u-1')
    await isOut()
    await until(async () => ((await told()).length === 1 ? true : undefined))
    await stage.logsIn(createWalker(), 'u-1')
    const both = await until(async () => ((await told()).length === 2 ? told() : undefined))
    expect(both).toEqual([
      ['anna', { state: 'active -> disabled', provider: 'company' }],
      ['anna', { state: 'disabled -> active', provider: 'company' }],
    ])
  })

  it('does not take back what an administrator did', async () => {
    await begin('      suspend_missing: true\n')
    const { users } = stage.gatehouse.store
    await stage.issuer.revokes('u-1')
    await isOut()
    const anna = await until(async () => users.findByName('anna'))
    await users.setState(anna.id, 'disabled')
    expect((await stage.logsIn(createWalker(), 'u-1')).user).toBeUndefined()
    expect(await users.findByName('anna')).toMatchObject({ state: 'disabled' })
  })

  it('ends the session of who has lost every group, and takes another role where the group is another', async () => {
    await begin()
    stage.issuer.people.set('u-1', { preferred_username: 'anna', groups: ['cleaners'] })
    await isOut()
    stage.issuer.people.set('u-1', { preferred_username: 'anna', groups: ['artists'] })
    await stage.logsIn(walker, 'u-1')
    stage.issuer.people.set('u-1', { preferred_username: 'anna', groups: ['leads'] })
    await until(async () =>
      (await stage.gatehouse.store.users.findByName('anna'))?.role === 'power' ? true : undefined,
    )
  })

  it('is asked about a session that goes on under a new id, too', async () => {
    await begin()
    const { users, sessions } = stage.gatehouse.store
    const anna = await until(async () => users.findByName('anna'))
    await users.setPassword(anna.id, await createPasswords().hash('anna opens the door 1'), {
      keep: (await sessions.list(anna.id))[0]?.hash ?? never(),
    })
    const elevated = await walker.go(`${stage.api}/elevate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password: 'anna opens the door 1' }),
    })
    expect(elevated.status).toBe(200)
    await isAskedAgain(2)
    expect(await stage.me(walker)).toBe('anna')
    await stage.issuer.revokes('u-1')
    await isOut()
  })

  it('is asked about a session whose person changed a password of their own, too', async () => {
    await begin()
    const { users, sessions } = stage.gatehouse.store
    const anna = await until(async () => users.findByName('anna'))
    const current = 'who opens the door 1'
    const keep = (await sessions.list(anna.id))[0]?.hash ?? never()
    await users.setPassword(anna.id, await createPasswords().hash(current), { keep })
    expect(await post(walker, '/password', { current, password: 'who opens another door' })).toMatchObject({})
    expect(await sessions.list(anna.id)).toMatchObject([{ method: 'oidc', issuer: stage.issuer.url }])
    await stage.issuer.revokes('u-1')
    await isOut()
  })

  it.each(['says no', 'is taken out of the configuration'])(
    'that %s ends the session of a phone that was let in with a code, too',
    async (how) => {
      await begin()
      const phone = createWalker()
      const { id, path } = await post(walker, '/device-links', {})
      const { claim, number } = await post(phone, '/device-links/claim', { code: String(path).split('#')[1] })
      await post(walker, `/device-links/${String(id)}/approve`, { number })
      expect(await post(phone, '/device-links/redeem', { claim })).toMatchObject({ user: 'anna' })
      await isAskedAgain(2)
      expect(await stage.me(phone)).toBe('anna')
      if (how === 'says no') await stage.issuer.revokes('u-1')
      else stage.gatehouse.rewrite('auth: {}')
      await isOut()
      await isOut(phone)
    },
  )

  it('ends nothing while it is down', async () => {
    await begin()
    stage.issuer.isDown = true
    await isAskedAgain(2)
    expect(await stage.me(walker)).toBe('anna')
  })

  it('is not asked after a restart, for which nothing was kept: the session ends instead, and nobody is suspended', async () => {
    await begin('      suspend_missing: true\n')
    await stage.gatehouse.restart()
    await isOut()
    expect(await stage.gatehouse.store.users.findByName('anna')).toMatchObject({ state: 'active' })
  })
})

function never(): never {
  throw new Error('there is no session')
}
