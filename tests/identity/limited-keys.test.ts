/** Do the limits of a key hold, does nobody give what they lack, and does a service account stay without a password? */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { databaseFileName } from '../../sidecar/src/store/sql/open-database.ts'
import type { Member } from '../../sidecar/src/store/store.ts'
import { alicePassword, apiPath, cheapPasswords, codeOf, field, type OwnServer, startOwnServer } from './own-server.ts'

let server: OwnServer
let owner: string
let alice: string
beforeEach(async () => {
  server = await startOwnServer()
  await server.addUser('the-owner', 'owner')
  await server.addUser('alice', 'user')
  owner = await server.logIn('the-owner', alicePassword)
  alice = await server.logIn('alice', alicePassword)
})
afterEach(() => server[Symbol.asyncDispose]())

const makeKey = (cookie: string, body: object, query = '') =>
  server.ask('POST', `${apiPath}/keys${query}`, { cookie, body })
const withKey = (key: unknown, method: string, path: string, more: object = {}) =>
  server.ask(method, `${apiPath}${path}`, { headers: { 'x-api-key': String(key), ...more } })

describe('a limited key', () => {
  it('is made with scopes, addresses and a workflow, and listed with them and its last use', async () => {
    const limits = {
      scopes: ['output:read', 'prompt:run', 'output:read'],
      addresses: ['192.0.2.0/24', '2001:db8::1'],
      workflow: 'Poster',
    }
    const made = await makeKey(alice, { label: 'farm', expiresInDays: 1, ...limits })
    expect(made.status).toBe(201)
    const told = { ...limits, scopes: ['output:read', 'prompt:run'], lastUsedAt: null, lastUsedAddress: null }
    expect(made.json).toMatchObject(told)
    expect(
      (await withKey(field(made, 'key'), 'GET', '/files?root=input', { 'x-test-address': '192.0.2.77' })).status,
    ).toBe(200)
    const { json } = await server.ask('GET', `${apiPath}/keys`, { cookie: alice })
    expect(json).toMatchObject([{ ...told, lastUsedAt: expect.stringMatching(/^20/), lastUsedAddress: '192.0.2.77' }])
  })

  it('uses up its own tickets, and none of its person', async () => {
    const made = await makeKey(alice, { scopes: ['output:read'] })
    const wish = { purpose: 'websocket' }
    const byKey = { headers: { 'x-api-key': String(field(made, 'key')) }, body: wish }
    const ask = () => server.ask('POST', `${apiPath}/tickets`, byKey)
    expect((await ask()).status).toBe(201)
    const database = new DatabaseSync(join(server.dataDir, databaseFileName))
    const rest =
      'user_id, purpose, target, method, credential_id, proven_at_ms, ends_at_ms, impersonator_id, scopes, workflow, created_at_ms, expires_at_ms'
    database.exec(`with recursive counted(n) as (select 1 union all select n + 1 from counted where n < 999)
      insert into tickets (hash, ${rest}) select hash || '-' || n, ${rest} from tickets, counted`)
    database.close()
    expect(codeOf(await ask())).toBe('too_many_requests')
    expect((await server.ask('POST', `${apiPath}/tickets`, { cookie: alice, body: wish })).status).toBe(201)
  })

  it('gives nobody what its maker lacks, and names what does not exist', async () => {
    const refused: readonly (readonly [object, string, RegExp])[] = [
      [{ scopes: ['output:read', 'admin:users'] }, 'forbidden', /admin:users/],
      [{ scopes: ['everything'] }, 'bad_input', /no scope .*everything/],
      [{ scopes: ['__proto__'] }, 'bad_input', /no scope/],
      [{ scopes: [] }, 'bad_input', /scopes/],
      [{ scopes: 'output:read' }, 'bad_input', /scopes/],
      [{ addresses: ['10.0.0.1/8'] }, 'bad_input', /10\.0\.0\.1\/8/],
      [{ addresses: ['example.com'] }, 'bad_input', /example\.com/],
      [{ addresses: [] }, 'bad_input', /addresses/],
      [{ addresses: Array(21).fill('10.0.0.1') }, 'bad_input', /addresses/],
      [{ workflow: '' }, 'bad_input', /workflow/],
      [{ workflow: 'a\u0000b' }, 'bad_input', /workflow/],
    ]
    for (const [body, code, sentence] of refused) {
      const reply = await makeKey(alice, body)
      expect([codeOf(reply), reply.text], JSON.stringify(body)).toEqual([code, expect.stringMatching(sentence)])
    }
    expect(await server.store.apiKeys.list()).toEqual([])
    expect((await makeKey(owner, { scopes: ['admin:users', 'manager:install'] })).status).toBe(201)
  })

  it('comes from its addresses only, whatever its secret', async () => {
    const key = field(await makeKey(alice, { addresses: ['198.51.100.0/24', '::1'] }), 'key')
    const from = async (address: string) => (await withKey(key, 'GET', '/me', { 'x-test-address': address })).status
    for (const address of ['198.51.100.9', '::1', '::ffff:198.51.100.9']) expect(await from(address)).toBe(200)
    for (const address of ['192.0.2.1', '198.51.101.1', '::2', '']) expect([401, 403]).toContain(await from(address))
  })

  it('that may run one workflow runs no graph of its own, and sees what it made', async () => {
    const key = String(field(await makeKey(alice, { workflow: 'Poster' }), 'key'))
    const result = await server.authenticate(['X-API-Key', key])
    if (result.kind === 'anonymous') throw new Error('nobody')
    const { permissions } = await server.resolvePrincipal(result.identity)
    expect([permissions.has('graph:edit'), permissions.has('output:read')]).toEqual([false, true])
  })

  it('loses with the role of its owner what that no longer may', async () => {
    const key = String(field(await makeKey(alice, { scopes: ['prompt:run', 'output:read'] }), 'key'))
    const member = await server.store.users.findByName('alice')
    if (member !== undefined) await server.store.users.setRole(member.id, 'guest')
    const result = await server.authenticate(['X-API-Key', key])
    if (result.kind === 'anonymous') throw new Error('nobody')
    expect([...(await server.resolvePrincipal(result.identity)).permissions]).toEqual(['output:read'])
  })

  it('manages neither keys nor sessions, in any carrier, and narrows a cookie beside it', async () => {
    const made = await makeKey(alice, { scopes: ['token:own', 'output:read'] })
    const key = String(field(made, 'key'))
    const basic = `Basic ${Buffer.from(`alice:${key}`).toString('base64')}`
    for (const ask of [
      { headers: { 'x-api-key': key } },
      { headers: { authorization: basic } },
      { headers: { 'x-api-key': key }, cookie: alice },
    ]) {
      for (const [method, path] of [
        ['GET', '/keys'],
        ['POST', '/keys'],
        ['DELETE', `/keys/${field(made, 'id')}`],
        ['GET', '/sessions'],
        ['DELETE', '/sessions'],
      ] as const) {
        const reply = await server.ask(method, `${apiPath}${path}`, {
          ...ask,
          ...(method === 'POST' ? { body: {} } : {}),
        })
        expect([method, path, reply.status]).toEqual([method, path, 403])
      }
    }
    expect(codeOf(await server.ask('POST', `${apiPath}/login`, { body: { apiKey: key } }))).toBe('forbidden')
  })
})

describe('a service account', () => {
  let robot: Member
  beforeEach(async () => {
    const reply = await server.ask('POST', `${apiPath}/users`, {
      cookie: owner,
      body: { username: 'robot', role: 'user', kind: 'service' },
    })
    expect([reply.status, reply.json]).toMatchObject([201, { name: 'robot', kind: 'service' }])
    const found = await server.store.users.findByName('robot')
    if (found === undefined) throw new Error('no robot')
    robot = found
  })

  it('is listed as one, beside people', async () => {
    const { json } = await server.ask('GET', `${apiPath}/users`, { cookie: owner })
    const kinds = Array.isArray(json) ? json.map(({ name, kind }) => [name, kind]) : []
    expect(kinds).toEqual([
      ['alice', 'person'],
      ['robot', 'service'],
      ['the-owner', 'person'],
    ])
  })

  it('gets a key from an administrator, who can make none of a person', async () => {
    const made = await makeKey(owner, { label: 'ci', scopes: ['prompt:run'] }, '?user=robot')
    expect(made.status).toBe(201)
    expect((await withKey(field(made, 'key'), 'GET', '/me')).json).toMatchObject({ user: 'robot' })
    expect(codeOf(await makeKey(owner, {}, '?user=alice'))).toBe('forbidden')
    expect(codeOf(await makeKey(owner, {}, '?user=nobody'))).toBe('not_found')
    expect(codeOf(await makeKey(alice, {}, '?user=robot'))).toBe('forbidden')
  })

  it('has no password and no session, whoever tries to give it one', async () => {
    const body = { username: 'other', role: 'user', kind: 'service', password: alicePassword }
    const withPassword = await server.ask('POST', `${apiPath}/users`, { cookie: owner, body })
    const changed = await server.ask('PATCH', `${apiPath}/users/robot`, {
      cookie: owner,
      body: { password: alicePassword },
    })
    for (const reply of [withPassword, changed]) {
      expect([codeOf(reply), reply.text]).toEqual(['bad_input', expect.stringContaining('has no password')])
    }
    await expect(server.store.users.setPassword(robot.id, 'x')).rejects.toMatchObject({ code: 'bad_input' })
    await expect(
      server.store.users.add({ name: 'x', role: 'user', kind: 'service', passwordHash: 'x' }),
    ).rejects.toMatchObject({ code: 'bad_input' })
    expect(await server.store.users.findByName('other')).toBeUndefined()
    const apiKey = await server.addKey(robot)
    const reply = await server.ask('POST', `${apiPath}/login`, { body: { apiKey } })
    expect([codeOf(reply), reply.headers['set-cookie']]).toEqual(['forbidden', undefined])
  })

  it('is not what a person becomes, or becomes one, by any request', async () => {
    for (const [name, kind] of [
      ['alice', 'service'],
      ['robot', 'person'],
    ]) {
      await server.ask('PATCH', `${apiPath}/users/${name}`, { cookie: owner, body: { kind, role: 'guest' } })
    }
    expect((await server.store.users.findByName('alice'))?.kind).toBe('person')
    expect((await server.store.users.findByName('robot'))?.kind).toBe('service')
    const again = { username: 'alice', role: 'user', kind: 'service' }
    expect(codeOf(await server.ask('POST', `${apiPath}/users`, { cookie: owner, body: again }))).toBe('name_taken')
  })

  it('is not let in by a password that stands in a damaged store', async () => {
    const database = new DatabaseSync(join(server.dataDir, databaseFileName))
    const hash = await cheapPasswords.hash(alicePassword)
    expect(database.prepare("update users set password_hash = ? where name = 'robot'").run(hash).changes).toBe(1)
    database.close()
    const body = { username: 'robot', password: alicePassword }
    for (const path of ['/login', '/token']) {
      expect(codeOf(await server.ask('POST', `${apiPath}${path}`, { body }))).toBe('bad_credentials')
    }
  })

  it('does not count as the last owner', async () => {
    await server.store.users.add({ name: 'root-robot', role: 'owner', kind: 'service', passwordHash: null })
    const boss = await server.store.users.findByName('the-owner')
    if (boss === undefined) throw new Error('no owner')
    await expect(server.store.users.setState(boss.id, 'disabled')).rejects.toMatchObject({ code: 'last_owner' })
  })
})
