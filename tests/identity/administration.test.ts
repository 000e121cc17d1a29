/** May an administrator do what the role says, and never more? */
import { createRoleTable, parseRole, roleNames } from '@gatehouse/shared/roles'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { alicePassword, apiPath, codeOf, field, type OwnServer, startOwnServer } from './own-server.ts'

let server: OwnServer
beforeEach(async () => {
  server = await startOwnServer()
  for (const role of roleNames) await server.addUser(`the-${role}`, role)
})
afterEach(() => server[Symbol.asyncDispose]())

const as = (role: string) => server.logIn(`the-${role}`, alicePassword)
const newUser = (name: string, role: string, extra: object = {}) => ({
  username: name,
  role,
  password: 'a green bicycle uphill',
  ...extra,
})

describe('users', () => {
  it('are created by owners and administrators, and can log in then', async () => {
    const reply = await server.ask('POST', `${apiPath}/users`, {
      cookie: await as('admin'),
      body: newUser('Dora', 'user'),
    })
    expect(reply.status).toBe(201)
    expect(reply.json).toMatchObject({ name: 'dora', role: 'user', tenant: 'dora', state: 'active' })
    expect(await server.logIn('dora', 'a green bicycle uphill')).not.toBe('')
  })

  it('are nobody else business', async () => {
    const attempts: readonly (readonly [string, string, object?])[] = [
      ['GET', '/users'],
      ['POST', '/users', newUser('mallory', 'owner')],
      ['PATCH', '/users/the-user', { role: 'owner' }],
      ['DELETE', '/users/the-owner'],
      ['GET', '/keys?user=the-owner'],
      ['GET', '/sessions?user=the-owner'],
      ['DELETE', '/sessions?user=the-owner'],
    ]
    for (const role of ['power', 'user', 'guest']) {
      const cookie = await as(role)
      for (const [method, path, body] of attempts) {
        expect(codeOf(await server.ask(method, apiPath + path, { cookie, body })), `${role} ${path}`).toBe('forbidden')
      }
    }
    for (const [method, path, body] of attempts) {
      expect(codeOf(await server.ask(method, apiPath + path, { body })), path).toBe('unauthenticated')
    }
    expect(await server.store.users.list()).toHaveLength(roleNames.length)
  })

  it('of the higher roles are changed by owners alone', async () => {
    const cookie = await as('admin')
    const attempts: readonly (readonly [string, string, object?])[] = [
      ['POST', '/users', newUser('mallory', 'owner')],
      ['POST', '/users', newUser('mallory', 'admin')],
      ['POST', '/users', newUser('mallory', 'user', { tenant: 'the-owner' })],
      ['PATCH', '/users/the-user', { role: 'admin' }],
      ['PATCH', '/users/the-admin', { role: 'owner' }],
      ['PATCH', '/users/the-owner', { password: 'a green bicycle uphill' }],
      ['PATCH', '/users/the-owner', { state: 'disabled' }],
      ['DELETE', '/users/the-owner'],
      ['GET', '/keys?user=the-owner'],
      ['DELETE', '/sessions?user=the-owner'],
    ]
    for (const [method, path, body] of attempts) {
      expect(codeOf(await server.ask(method, apiPath + path, { cookie, body })), `${method} ${path}`).toBe('forbidden')
    }
    const owner = await as('owner')
    expect(
      (await server.ask('PATCH', `${apiPath}/users/the-user`, { cookie: owner, body: { role: 'admin' } })).status,
    ).toBe(200)
  })

  it('are never left without an owner', async () => {
    const cookie = await as('owner')
    for (const body of [{ role: 'admin' }, { state: 'disabled' }]) {
      expect(codeOf(await server.ask('PATCH', `${apiPath}/users/the-owner`, { cookie, body }))).toBe('last_owner')
    }
    expect(codeOf(await server.ask('DELETE', `${apiPath}/users/the-owner`, { cookie }))).toBe('last_owner')
  })

  it('are not administered with a key, nor with a session that a key opened', async () => {
    const owner = await server.store.users.findByName('the-owner')
    if (owner === undefined) throw new Error('no owner')
    const key = await server.addKey(owner)
    const opened = await server.ask('POST', `${apiPath}/login`, { body: { apiKey: key } })
    const cookie = opened.headers['set-cookie']?.[0]?.split(';', 1)[0]
    const basic = `Basic ${Buffer.from(`the-owner:${key}`).toString('base64')}`
    for (const ask of [{ headers: { 'x-api-key': key } }, { headers: { authorization: basic } }, { cookie }]) {
      for (const [method, path, body] of [
        ['GET', '/users'],
        ['POST', '/keys', {}],
        ['POST', '/users', newUser('eve', 'user')],
      ] as const) {
        expect(codeOf(await server.ask(method, apiPath + path, { ...ask, body })), path).toBe('forbidden')
      }
      expect((await server.ask('GET', `${apiPath}/me`, ask)).status).toBe(200)
    }
  })

  it('with a name that is taken in another spelling are refused', async () => {
    const cookie = await as('owner')
    for (const username of ['THE-USER', ' the-user ', '\uff54he-user']) {
      expect(codeOf(await server.ask('POST', `${apiPath}/users`, { cookie, body: newUser(username, 'user') }))).toBe(
        'name_taken',
      )
    }
    for (const username of ['a/b', '..', '', 'a:b', 'a\u0000b', '\u202eecila', 'x'.repeat(129)]) {
      expect(
        codeOf(await server.ask('POST', `${apiPath}/users`, { cookie, body: newUser(username, 'user') })),
        username,
      ).toBe('bad_input')
    }
  })

  it('that are gone leave their tenant to nobody of the same name', async () => {
    const cookie = await as('owner')
    const before = await server.store.users.findByName('the-user')
    await server.ask('DELETE', `${apiPath}/users/the-user`, { cookie })
    const added = await server.ask('POST', `${apiPath}/users`, { cookie, body: newUser('the-user', 'user') })
    expect(added.status).toBe(201)
    const after = await server.store.users.findByName('the-user')
    expect(after?.tenant.folderKey).not.toBe(before?.tenant.folderKey)
    expect(after?.id).not.toBe(before?.id)
  })

  it('share a tenant only when it is named', async () => {
    const cookie = await as('owner')
    for (const name of ['ann', 'ben']) {
      await server.ask('POST', `${apiPath}/users`, { cookie, body: newUser(name, 'user', { tenant: 'Studio' }) })
    }
    const [ann, ben] = [await server.store.users.findByName('ann'), await server.store.users.findByName('ben')]
    expect(ann?.tenant).toEqual(ben?.tenant)
    expect(codeOf(await server.ask('POST', `${apiPath}/users`, { cookie, body: newUser('studio', 'user') }))).toBe(
      'tenant_taken',
    )
  })
})

describe('keys and sessions', () => {
  it('of somebody else are as if they did not exist', async () => {
    const owner = await server.store.users.findByName('the-owner')
    if (owner === undefined) throw new Error('no owner')
    await server.addKey(owner)
    await as('owner')
    const [key] = await server.store.apiKeys.list(owner.id)
    const [session] = await server.store.sessions.list(owner.id)
    for (const role of ['admin', 'user', 'guest']) {
      const cookie = await as(role)
      for (const [kind, id] of [
        ['keys', key?.id],
        ['sessions', session?.id],
      ]) {
        const foreign = await server.ask('DELETE', `${apiPath}/${kind}/${id}`, { cookie })
        const missing = await server.ask('DELETE', `${apiPath}/${kind}/aaaaaaaaaaaa`, { cookie })
        expect(foreign.status).toBe(404)
        expect(foreign.text).toBe(missing.text)
      }
    }
    expect(await server.store.apiKeys.list(owner.id)).toHaveLength(1)
    expect(await server.store.sessions.list(owner.id)).toHaveLength(1)
  })

  it('of lesser users are an administrator business', async () => {
    await as('user')
    const cookie = await as('admin')
    const open = await server.ask('GET', `${apiPath}/sessions?user=the-user`, { cookie })
    expect(open.json).toHaveLength(1)
    expect((await server.ask('DELETE', `${apiPath}/sessions?user=the-user`, { cookie })).status).toBe(204)
    expect((await server.ask('GET', `${apiPath}/sessions?user=the-user`, { cookie })).json).toEqual([])
  })

  it('are made, shown once, listed and revoked by their owner', async () => {
    const cookie = await as('user')
    const made = await server.ask('POST', `${apiPath}/keys`, { cookie, body: { label: ' laptop ', expiresInDays: 90 } })
    expect(made.status).toBe(201)
    const key = String(field(made, 'key'))
    expect(key).toMatch(/^gh_[A-Za-z0-9]{12}_[A-Za-z0-9]{46}$/)
    const listed = await server.ask('GET', `${apiPath}/keys`, { cookie })
    expect(listed.text).not.toContain(key.split('_')[2])
    expect(listed.json).toMatchObject([{ id: key.split('_')[1], label: 'laptop', lastUsedAt: null }])
    expect((await server.ask('GET', `${apiPath}/me`, { headers: { 'x-api-key': key } })).status).toBe(200)
    expect((await server.ask('DELETE', `${apiPath}/keys/${field(made, 'id')}`, { cookie })).status).toBe(204)
    expect((await server.ask('GET', `${apiPath}/me`, { headers: { 'x-api-key': key } })).status).toBe(401)
    const guest = await as('guest')
    expect(codeOf(await server.ask('POST', `${apiPath}/keys`, { cookie: guest, body: {} }))).toBe('forbidden')
  })

  it('all end at once, here too, when somebody signs out everywhere', async () => {
    const [here, there] = [await as('user'), await as('user')]
    const listed = await server.ask('GET', `${apiPath}/sessions`, { cookie: here })
    expect(listed.json).toHaveLength(2)
    expect((await server.ask('DELETE', `${apiPath}/sessions`, { cookie: here })).status).toBe(204)
    for (const cookie of [here, there]) expect((await server.ask('GET', `${apiPath}/me`, { cookie })).status).toBe(401)
  })
})

describe('the list of roles', () => {
  const givenBy = async (role: string) => {
    const reply = await server.ask('GET', `${apiPath}/roles`, { cookie: await as(role) })
    const roles = z.array(z.object({ name: z.string(), permissions: z.array(z.string()), mayGive: z.boolean() }))
    return roles.parse(reply.json)
  }

  it('says which of them the caller may give', async () => {
    const names = async (role: string) => (await givenBy(role)).filter(({ mayGive }) => mayGive).map(({ name }) => name)
    expect(await names('owner')).toEqual(roleNames)
    expect(await names('admin')).toEqual(['power', 'user', 'guest'])
    for (const { name, mayGive } of await givenBy('admin')) {
      const cookie = await as('admin')
      const reply = await server.ask('POST', `${apiPath}/users`, { cookie, body: newUser(`new-${name}`, name) })
      expect(reply.status, name).toBe(mayGive ? 201 : 403)
    }
  })

  it('says what each may', async () => {
    for (const { name, permissions } of await givenBy('admin')) {
      expect(new Set(permissions), name).toEqual(createRoleTable().permissionsOf(parseRole(name) ?? 'guest'))
    }
  })

  it('is for those who see who has which', async () => {
    for (const role of ['power', 'user', 'guest']) {
      expect(codeOf(await server.ask('GET', `${apiPath}/roles`, { cookie: await as(role) })), role).toBe('forbidden')
    }
    expect(codeOf(await server.ask('GET', `${apiPath}/roles`))).toBe('unauthenticated')
    const owner = await server.store.users.findByName('the-owner')
    if (owner === undefined) throw new Error('no owner')
    const headers = { 'x-api-key': await server.addKey(owner) }
    expect(codeOf(await server.ask('GET', `${apiPath}/roles`, { headers }))).toBe('forbidden')
  })
})

describe('a page', () => {
  it('that was opened for somebody else may not act', async () => {
    const owner = await as('owner')
    const foreign = field(await server.ask('GET', `${apiPath}/me`, { cookie: owner }), 'page')
    const cookie = await as('user')
    const me = await server.ask('GET', `${apiPath}/me`, { cookie })
    expect(field(me, 'page')).not.toBe(foreign)
    const make = (headers: Record<string, string>) =>
      server.ask('POST', `${apiPath}/keys`, { cookie, headers, body: {} })
    expect(codeOf(await make({ 'x-gatehouse-page': String(foreign) }))).toBe('page_belongs_to_another')
    expect(codeOf(await make({ 'x-gatehouse-csrf': 'made up' }))).toBe('cross_site')
    expect((await make({ 'x-gatehouse-csrf': String(field(me, 'csrf')) })).status).toBe(201)
    expect((await make({ 'x-gatehouse-page': String(field(me, 'page')) })).status).toBe(201)
  })

  it('is the same person in every session of theirs', async () => {
    const pages = await Promise.all(
      [1, 2].map(async () => field(await server.ask('GET', `${apiPath}/me`, { cookie: await as('user') }), 'page')),
    )
    expect(pages[0]).toBe(pages[1])
  })

  it('is served with a policy that runs nothing inline, and hashed files for good', async () => {
    for (const path of ['/login', '/auth_login.html', '/setup', '/account', '/admin']) {
      const reply = await server.ask('GET', path)
      expect(reply.status).toBe(200)
      expect(reply.headers['content-security-policy']).toContain("script-src 'self'")
      expect(reply.headers['content-security-policy']).toContain("frame-ancestors 'none'")
      expect(reply.headers['set-cookie']).toBeUndefined()
    }
    for (const path of ['/gatehouse/inject-0a1b2c3d.js', '/gatehouse/assets/login-0a1b2c3d.js']) {
      const reply = await server.ask('GET', path)
      expect(reply.headers['cache-control']).toBe('public, max-age=31536000, immutable')
      expect(reply.headers['x-content-type-options']).toBe('nosniff')
      const again = await server.ask('GET', path, { headers: { 'if-none-match': String(reply.headers.etag) } })
      expect(again.status).toBe(304)
    }
  })

  it('that was not built, or only looks like one of ours, is not there', async () => {
    for (const path of [
      '/loginx',
      '/login/',
      '/LOGIN',
      '/gatehouse/manifest.json',
      '/gatehouse/../login.html',
      '/gatehouse/assets/',
      '/gatehouse/%2e%2e/gatehouse.sqlite',
      `${apiPath}/mex`,
      `${apiPath}/me/`,
      `${apiPath}/%zz`,
    ]) {
      const reply = await server.ask('GET', path)
      expect([400, 404], path).toContain(reply.status)
      expect(field(reply, 'error')).toMatchObject({ requestId: 'request-1' })
    }
  })
})

describe('an answer to something unforeseen', () => {
  it('holds the request id and nothing else', async () => {
    const cookie = await as('user')
    Object.assign(server.store.apiKeys, {
      list: async () => {
        throw new Error('SELECT secret FROM somewhere')
      },
    })
    const reply = await server.ask('GET', `${apiPath}/keys`, { cookie })
    expect(reply.status).toBe(500)
    expect(reply.text).not.toContain('SELECT')
    expect(reply.text).toContain('request-1')
  })
})
