/** Does nobody get somebody else's account by having chosen their name first? */
import { afterEach, describe, expect, it } from 'vitest'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { parseRecord } from '../support/person.ts'
import { memberOf, peerAt } from './peer.ts'

const password = 'seven lanterns by the quay'
const gateway = (accounts: string) =>
  `trusted_headers: [{ name: sso, header: Remote-User, groups_header: Remote-Groups, from: [127.0.0.1], accounts: ${accounts} }]`
const own = gateway('{ role: user }')
const shared = gateway('{ role: user, names: shared, roles: { wheel: admin } }')

let site: Configured
afterEach(() => site[Symbol.asyncDispose]())

const post = async (path: string, body: object, cookie = '') => {
  const answer = await fetch(`${site.address}/gatehouse/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  const set = answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
  return { status: answer.status, cookie: set, body: text === '' ? {} : parseRecord(JSON.parse(text)) }
}
const codeOf = ({ body }: { readonly body: Readonly<Record<string, unknown>> }) => parseRecord(body.error).type

/** Signed in at the login page, past the gateway. */
async function owner(): Promise<string> {
  const passwordHash = await createPasswords().hash(password)
  await site.store.users.add({ name: 'olga', role: 'owner', passwordHash, tenantName: 'olga' })
  return (await post('/login', { username: 'olga', password })).cookie
}
const says = async (name: string, groups = '') => {
  const headers = ['Remote-User', name, 'Remote-Groups', groups]
  return memberOf(await peerAt('127.0.0.1', site).ask('/gatehouse/api/v1/me', { headers }), 'user')
}
const tokenIn = ({ body }: { readonly body: Readonly<Record<string, unknown>> }) => String(body.path).split('#')[1]

describe('a name that the configuration gives to somebody', () => {
  const named = (more: string) => `auth: { registration: approval, guest: { user: Visitor }, ${more} }`

  it('is nobody else to ask for, in words that say nothing of it', async () => {
    site = await startConfigured(named('oidc: []'))
    const [free, given] = [
      await post('/register', { username: 'nora', password }),
      await post('/register', { username: 'visitor', password }),
    ]
    expect([given.status, given.body]).toEqual([free.status, free.body])
    expect((await site.store.users.list()).map(({ name }) => name)).toEqual(['nora'])
  })

  it('is chosen with no invitation, which stays good, and given with one that says it', async () => {
    site = await startConfigured(named('oidc: []'))
    const cookie = await owner()
    const token = tokenIn(await post('/invitations', { role: 'user' }, cookie))
    expect(codeOf(await post('/invitations/accept', { token, username: 'Visitor', password }))).toBe('name_taken')
    expect((await post('/invitations/accept', { token, username: 'nora', password })).body).toMatchObject({
      user: 'nora',
    })
    const said = tokenIn(await post('/invitations', { role: 'guest', user: 'visitor' }, cookie))
    expect((await post('/invitations/accept', { token: said, username: '-', password })).body).toMatchObject({
      user: 'visitor',
    })
  })

  it('is not had by who is called so elsewhere', async () => {
    site = await startConfigured(named(own))
    expect([await says('visitor'), await says('nora')]).toEqual(['visitor@sso', 'nora'])
  })
})

describe('where the names of an issuer are those of here', () => {
  it('whoever is invited is invited by name', async () => {
    site = await startConfigured(`auth: { ${shared.replace('from: [127.0.0.1]', 'from: [127.0.0.9]')} }`)
    const cookie = await owner()
    const refused = await post('/invitations', { role: 'guest' }, cookie)
    expect([refused.status, codeOf(refused)]).toEqual([400, 'bad_input'])
    const token = tokenIn(await post('/invitations', { role: 'guest', user: 'nora' }, cookie))
    expect((await post('/invitations/accept', { token, username: 'boss', password })).body).toMatchObject({
      user: 'nora',
    })
    site.rewrite(`auth: { ${shared} }`)
    expect(await says('boss', 'wheel')).toBe('boss')
    expect((await post('/login', { username: 'boss', password })).status).toBe(401)
  })

  it('an invitation that was made before lets nobody choose', async () => {
    site = await startConfigured('')
    const token = tokenIn(await post('/invitations', { role: 'guest' }, await owner()))
    site.rewrite(`auth: { ${shared} }`)
    expect(codeOf(await post('/invitations/accept', { token, username: 'boss', password }))).toBe('name_taken')
  })

  it('nobody may ask for an account', async () => {
    site = await startConfigured('')
    const started = startConfigured(`auth: { registration: approval, ${shared} }`)
    await expect(started).rejects.toThrow('auth.registration: a stranger could ask for the name of somebody whom')
  })
})
