import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { until } from '../support/person.ts'
import { hasSlapd, type Slapd, slapdIsMissing, startSlapd, suffix } from '../support/slapd.ts'

const annasPassword = "anna's Lantern 4711"
const searched = `      bind_dn: uid=gatehouse,${suffix}
      bind_password_env: BIND_PASSWORD
      user_base: ou=people,${suffix}
`
const variables = { BIND_PASSWORD: 'what gatehouse searches with' }

let slapd: Slapd
let gatehouse: Configured

function yaml(more = searched, url = `ldap://127.0.0.1:${slapd.port}`): string {
  return `auth:\n  ldap:\n    - name: studio\n      url: ${url}\n${more}`
}

interface Reply {
  readonly status: number
  readonly type: string | undefined
  readonly user: string | undefined
  readonly cookie: string
}

async function logsIn(username: string, password: string): Promise<Reply> {
  const answer = await fetch(`${gatehouse.address}/gatehouse/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
  const body: unknown = await answer.json()
  const read = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  const [type, user] = [read(read(body, 'error'), 'type'), read(body, 'user')]
  return {
    status: answer.status,
    type: typeof type === 'string' ? type : undefined,
    user: typeof user === 'string' ? user : undefined,
    cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '',
  }
}

const wrong = { status: 401, type: 'bad_credentials' }

describe.skipIf(!hasSlapd())(`a password of a directory${hasSlapd() ? '' : ` (skipped: ${slapdIsMissing})`}`, () => {
  beforeEach(async () => {
    slapd = await startSlapd()
  })
  afterEach(async () => {
    await gatehouse[Symbol.asyncDispose]()
    await slapd[Symbol.asyncDispose]()
  })

  it('logs in, makes the account once, and works with Basic, too', async () => {
    gatehouse = await startConfigured(yaml(), { variables })
    expect(await logsIn('Anna', annasPassword)).toMatchObject({ status: 200, user: 'anna' })
    expect(await logsIn('anna', annasPassword)).toMatchObject({ status: 200 })
    const basic = `Basic ${Buffer.from(`anna:${annasPassword}`).toString('base64')}`
    expect((await fetch(`${gatehouse.address}/queue`, { headers: { authorization: basic } })).status).toBe(200)
    expect(await gatehouse.store.users.list()).toMatchObject([{ name: 'anna', passwordHash: null }])
    expect(await gatehouse.store.sessions.list()).toMatchObject([{ issuer: 'ldap:studio' }, { issuer: 'ldap:studio' }])
    const [identity] = await gatehouse.store.linkedIdentities.list(
      (await gatehouse.store.users.list())[0]?.id ?? never(),
    )
    expect(identity).toMatchObject({ issuer: 'ldap:studio', subject: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  })

  it('is found without a search where the name of the entry is known', async () => {
    gatehouse = await startConfigured(yaml(`      user_dn_template: uid={username},ou=people,${suffix}\n`))
    expect(await logsIn('anna', annasPassword)).toMatchObject({ status: 200, user: 'anna' })
    expect(await logsIn('anna', 'wrong')).toMatchObject(wrong)
    expect(await logsIn('anna+cn=x', annasPassword)).toMatchObject(wrong)
  })

  it('gives the roles of groups that are searched, and the tenant of an attribute; who has none is not let in', async () => {
    const more = `${searched}      group_base: ou=groups,${suffix}
      attributes: { tenant: departmentNumber }
      accounts: { roles: { leads: power, artists: user } }
`
    gatehouse = await startConfigured(yaml(more), { variables })
    expect(await logsIn('anna', annasPassword)).toMatchObject({ status: 200 })
    expect(await gatehouse.store.users.list()).toMatchObject([{ role: 'user', tenant: { label: 'studio/acme' } }])
    slapd.change(
      `dn: cn=leads,ou=groups,${suffix}\nchangetype: modify\nadd: member\nmember: uid=anna,ou=people,${suffix}\n`,
    )
    expect(await logsIn('anna', annasPassword)).toMatchObject({ status: 200 })
    expect(await gatehouse.store.users.list()).toMatchObject([{ role: 'power' }])
    for (const group of ['leads', 'artists']) {
      slapd.change(
        `dn: cn=${group},ou=groups,${suffix}\nchangetype: modify\nreplace: member\nmember: uid=bert,ou=people,${suffix}\n`,
      )
    }
    expect(await logsIn('anna', annasPassword)).toMatchObject(wrong)
    // bert has no departmentNumber.
    expect(await logsIn('bert', "bert's Wagon 9083")).toMatchObject(wrong)
  })

  it('is never empty, though this directory takes an empty one from everybody', async () => {
    gatehouse = await startConfigured(yaml(), { variables })
    const empty = `Basic ${Buffer.from('anna:').toString('base64')}`
    expect((await fetch(`${gatehouse.address}/queue`, { headers: { authorization: empty } })).status).toBe(401)
    expect((await logsIn('anna', '')).status).toBe(400)
    expect(await logsIn('anna', '\0')).toMatchObject(wrong)
    expect(slapd.log()).not.toMatch(/BIND dn="uid=anna[^\n]*\n[^\n]*BIND[^\n]*mech=SIMPLE ssf=0[^\n]*anonymous/)
    expect(await gatehouse.store.users.list()).toEqual([])
  })

  it.each([
    '*',
    'anna)(uid=*',
    'a*',
    'anna*',
    '*)(objectClass=*',
    'anna)(|(uid=*',
    'anna\\2a',
    'anna\0',
    'uid=anna',
    'anna,ou=people',
  ])('is not that of %j', async (name) => {
    gatehouse = await startConfigured(yaml(), { variables })
    expect(await logsIn(name, annasPassword)).toMatchObject(wrong)
    expect(await gatehouse.store.users.list()).toEqual([])
  })

  it('gets one answer, and asks the directory as often, for a wrong password, a name that is not there and one that is there twice', async () => {
    gatehouse = await startConfigured(yaml(`${searched}      user_filter: (|(uid={username})(sn={username}))\n`), {
      variables,
    })
    slapd.change(
      `dn: uid=carl,ou=people,${suffix}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: carl\ncn: Carl\nsn: anna\nuserPassword: ${annasPassword}\n`,
    )
    const counted = (what: RegExp): number => slapd.log().match(what)?.length ?? 0
    // Whom Gatehouse searches as (told twice by slapd), one search, and one try as who they are said to be.
    const told = (): readonly number[] => [
      counted(/ BIND dn="uid=gatehouse/g),
      counted(/ SRCH base=/g),
      counted(/ err=49 /g),
    ]
    const before = told()
    for (const [index, name] of ['bert', 'nobody', 'anna'].entries()) {
      expect(await logsIn(name, annasPassword)).toMatchObject(wrong)
      await until(async () => (counted(/ err=49 /g) === (before[2] ?? 0) + index + 1 ? true : undefined))
    }
    expect(told()).toEqual([2, 1, 1].map((each, index) => (before[index] ?? 0) + 3 * each))
  })

  it('does not count while the account is disabled in the directory', async () => {
    gatehouse = await startConfigured(yaml(), { variables })
    slapd.change(`dn: uid=anna,ou=people,${suffix}\nchangetype: modify\nreplace: shadowExpire\nshadowExpire: 1\n`)
    expect(await logsIn('anna', annasPassword)).toMatchObject(wrong)
    slapd.change(`dn: uid=anna,ou=people,${suffix}\nchangetype: modify\nreplace: shadowExpire\nshadowExpire: -1\n`)
    expect(await logsIn('anna', annasPassword)).toMatchObject({ status: 200 })
  })

  it('is said to be beyond judging while the directory is down; passwords kept here count on, and nothing else opens', async () => {
    gatehouse = await startConfigured(yaml(), { variables })
    const passwordHash = await createPasswords().hash('olga opens the door 1')
    await gatehouse.store.users.add({ name: 'olga', role: 'owner', passwordHash })
    expect(await logsIn('anna', annasPassword)).toMatchObject({ status: 200 })
    await slapd.stop()
    for (const name of ['anna', 'nobody', 'olga']) {
      expect(await logsIn(name, annasPassword)).toMatchObject({ status: 503, type: 'directory_down' })
    }
    expect(await logsIn('olga', 'olga opens the door 1')).toMatchObject({ status: 200 })
    await slapd.start()
    expect(await logsIn('anna', annasPassword)).toMatchObject({ status: 200 })
  })

  it('belongs to the account here that it always belonged to, never to another of the same name', async () => {
    gatehouse = await startConfigured(yaml(), { variables })
    await gatehouse.store.users.add({ name: 'anna', role: 'owner', passwordHash: null })
    expect(await logsIn('anna', annasPassword)).toMatchObject({ status: 200, user: 'anna@studio' })
    const passwordHash = await createPasswords().hash("bert's own, kept here")
    await gatehouse.store.users.add({ name: 'bert', role: 'owner', passwordHash })
    expect(await logsIn('bert', "bert's Wagon 9083")).toMatchObject(wrong)
  })

  it('waits after wrong ones, as every password does', async () => {
    gatehouse = await startConfigured(yaml(), { variables })
    const types: (string | undefined)[] = []
    for (let index = 0; index < 7; index += 1) types.push((await logsIn('anna', 'wrong')).type)
    expect(types.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'bad_credentials'))
    expect(types).toContain('too_many_attempts')
  })

  it('has proven nothing any more when the directory is taken out of the configuration', async () => {
    gatehouse = await startConfigured(yaml(), { variables })
    const { cookie } = await logsIn('anna', annasPassword)
    const asks = () => fetch(`${gatehouse.address}/gatehouse/api/v1/me`, { headers: { cookie } })
    expect((await asks()).status).toBe(200)
    gatehouse.rewrite('')
    await until(async () => ((await asks()).status === 401 ? true : undefined))
    expect(await logsIn('anna', annasPassword)).toMatchObject(wrong)
  })

  it('is asked of nobody else than the directory itself: its pointers to others are not followed', async () => {
    gatehouse = await startConfigured(yaml(searched.replace(`ou=people,${suffix}`, suffix)), { variables })
    expect(await logsIn('anna', annasPassword)).toMatchObject({ status: 200 })
    gatehouse.rewrite(yaml(searched.replace(`ou=people,${suffix}`, `ou=elsewhere,${suffix}`)))
    expect((await logsIn('anna', annasPassword)).status).not.toBe(200)
  })
})

describe('what a directory may be', () => {
  it.each([
    ['ldap://directory.example', searched, 'passwords would cross the network in clear'],
    ['ldaps://directory.example', `${searched}      start_tls: true\n`, 'ldaps:// is encrypted from the start'],
    ['ldaps://directory.example', '', 'name either user_base or user_dn_template'],
    ['ldaps://d.example', `${searched}      user_filter: (uid=anna)\n`, 'write {username} where the name belongs'],
    [
      'ldaps://d.example',
      `${searched}      group_base: ou=g\n      group_filter: (cn=x)\n`,
      'everybody is in every group',
    ],
    [
      'ldaps://d.example',
      `${searched}      accounts: { roles: { x: user } }\n`,
      'neither attributes.groups nor group_base',
    ],
    ['ldaps://d.example', `      user_base: ou=p\n      bind_dn: cn=x\n`, 'bind_dn needs its password'],
    ['https://d.example', searched, 'write ldaps://HOST'],
  ])('is not %s with this', async (url, more, sentence) => {
    const text = `auth:\n  ldap:\n    - name: studio\n      url: ${url}\n${more}`
    await expect(startConfigured(text, { variables })).rejects.toThrow(sentence)
  })

  it('does not search with an empty password', async () => {
    const text = `auth:\n  ldap:\n    - name: studio\n      url: ldaps://d.example\n${searched}`
    await expect(startConfigured(text)).rejects.toThrow('write the password of bind_dn into it')
  })
})

function never(): never {
  throw new Error('nobody is there')
}
