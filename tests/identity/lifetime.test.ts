/** Does everything that lets somebody in end when it should: by time, by log-out, by an operator in another process? */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GatehouseError } from '../../sidecar/src/gatehouse-error.ts'
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'
import type { Member, NewSession, Store } from '../../sidecar/src/store/store.ts'
import {
  alicePassword,
  apiPath,
  cheapPasswords,
  codeOf,
  cookieOf,
  field,
  type OwnServer,
  startOwnServer,
} from './own-server.ts'

const hourMs = 60 * 60 * 1000

let server: OwnServer
let alice: Member
beforeEach(async () => {
  server = await startOwnServer()
  await server.addUser('owner', 'owner')
  alice = await server.addUser('alice', 'user')
})
afterEach(() => server[Symbol.asyncDispose]())

/** Whether these headers still end in a principal, as every request of the raw lane asks. */
async function isLetIn(headers: readonly string[]): Promise<boolean> {
  try {
    const result = await server.authenticate(headers)
    if (result.kind === 'anonymous') return false
    await server.resolvePrincipal(result.identity)
    return true
  } catch (error) {
    if (error instanceof GatehouseError && error.status === 401) return false
    throw error
  }
}
const basic = `Basic ${Buffer.from(`alice:${alicePassword}`).toString('base64')}`

describe('a session', () => {
  it('ends after a day without a request', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    server.clock.nowMs += 23 * hourMs
    expect(await isLetIn(['Cookie', cookie])).toBe(true)
    server.clock.nowMs += 23 * hourMs
    expect(await isLetIn(['Cookie', cookie])).toBe(true)
    server.clock.nowMs += 24 * hourMs
    expect(await isLetIn(['Cookie', cookie])).toBe(false)
    expect((await server.ask('GET', `${apiPath}/me`, { cookie })).status).toBe(401)
    expect(await server.store.sessions.list(alice.id)).toEqual([])
  })

  it('ends after thirty days however busy it is', async () => {
    const cookie = await server.logIn('alice', alicePassword, { remember: true })
    for (let hour = 0; hour < 30 * 24 - 12; hour += 12) {
      server.clock.nowMs += 12 * hourMs
      expect(await isLetIn(['Cookie', cookie])).toBe(true)
    }
    server.clock.nowMs += 12 * hourMs
    expect(await isLetIn(['Cookie', cookie])).toBe(false)
  })

  it('is swept away when nobody asks for it any more, and the feed says so', async () => {
    await server.logIn('alice', alicePassword)
    const seq = await server.store.changes.lastSeq()
    await server.store.sessions.prune({ nowMs: server.clock.nowMs + 24 * hourMs, idleMs: 24 * hourMs })
    expect(await server.store.sessions.list()).toEqual([])
    expect((await server.store.changes.since(seq)).map(({ kind, userId }) => ({ kind, userId }))).toEqual([
      { kind: 'session', userId: alice.id },
    ])
  })

  it('stays ended when it was ended before its log-in was answered', async () => {
    const { sessions } = server.store
    const { add } = sessions
    Object.assign(sessions, {
      add: async (session: NewSession) => {
        Object.assign(sessions, { add })
        await add(session)
        await sessions.revoke(session.hash)
      },
    })
    const cookie = await server.logIn('alice', alicePassword)
    expect(await sessions.list(alice.id)).toEqual([])
    expect(await isLetIn(['Cookie', cookie])).toBe(false)
  })

  it('gets a new id with the new password, and every other one ends', async () => {
    const here = await server.logIn('alice', alicePassword)
    const elsewhere = await server.logIn('alice', alicePassword)
    const password = 'the heron crossed at noon'
    const refused = await server.ask('POST', `${apiPath}/password`, {
      cookie: here,
      body: { current: 'wrong', password },
    })
    expect(codeOf(refused)).toBe('bad_input')
    const reply = await server.ask('POST', `${apiPath}/password`, {
      cookie: here,
      body: { current: alicePassword, password },
    })
    expect(reply.status).toBe(200)
    expect(cookieOf(reply)).not.toBe('')
    expect(await isLetIn(['Cookie', cookieOf(reply)])).toBe(true)
    for (const old of [here, elsewhere]) expect(await isLetIn(['Cookie', old])).toBe(false)
    expect(await isLetIn(['Authorization', basic])).toBe(false)
  })
})

it('a password that was changed is not changed back by who began with the old one', async () => {
  const cookie = await server.logIn('alice', alicePassword)
  const owners = await cheapPasswords.hash('eleven slow green buses')
  const { hash } = cheapPasswords
  using begun = vi.spyOn(cheapPasswords, 'hash').mockImplementationOnce(async (text) => {
    await server.store.users.setPassword(alice.id, owners)
    return hash(text)
  })
  const body = { current: alicePassword, password: 'the heron crossed at noon' }
  const reply = await server.ask('POST', `${apiPath}/password`, { cookie, body })
  expect(begun).toHaveBeenCalledOnce()
  expect(codeOf(reply)).toBe('bad_input')
  expect((await server.store.users.findById(alice.id))?.passwordHash).toBe(owners)
})

describe('an API key', () => {
  it('ends at its expiry', async () => {
    const key = await server.addKey(alice, server.clock.nowMs + hourMs)
    expect(await isLetIn(['X-API-Key', key])).toBe(true)
    server.clock.nowMs += hourMs
    expect(await isLetIn(['X-API-Key', key])).toBe(false)
  })

  it('notes its last use once a minute', async () => {
    const key = await server.addKey(alice)
    const lastUse = async () => (await server.store.apiKeys.list(alice.id))[0]?.lastUsedAtMs
    await isLetIn(['X-API-Key', key])
    const first = server.clock.nowMs
    expect(await lastUse()).toBe(first)
    server.clock.nowMs += 59_000
    await isLetIn(['X-API-Key', key])
    expect(await lastUse()).toBe(first)
    server.clock.nowMs += 1_000
    await isLetIn(['X-API-Key', key])
    expect(await lastUse()).toBe(server.clock.nowMs)
  })
})

describe('a write of the command line beside a running sidecar', () => {
  let other: Store
  let close: () => Promise<void>
  beforeEach(async () => {
    const database = await openDatabase(server.dataDir, { verify: false })
    other = createStore({ db: database.db })
    close = database.close
  })
  afterEach(() => close())

  const ends: readonly (readonly [string, (carrier: readonly string[]) => Promise<unknown>, readonly string[]])[] = [
    ['disabling the user', () => other.users.setState(alice.id, 'disabled'), ['cookie', 'key', 'basic']],
    ['removing the user', () => other.users.remove(alice.id), ['cookie', 'key', 'basic']],
    [
      'a new password',
      async () => other.users.setPassword(alice.id, await cheapPasswords.hash('a different sentence')),
      ['cookie', 'basic'],
    ],
    ['a new role', () => other.users.setRole(alice.id, 'guest'), ['cookie']],
    ['ending the sessions', () => other.sessions.revokeAll(alice.id), ['cookie']],
    [
      'revoking the key',
      async () => {
        for (const { id } of await other.apiKeys.list(alice.id)) await other.apiKeys.revoke(id)
      },
      ['key'],
    ],
  ]
  it.each(ends)('%s is obeyed at the next look at the feed', async (_name, write, ended) => {
    const carriers: Readonly<Record<string, readonly string[]>> = {
      cookie: ['Cookie', await server.logIn('alice', alicePassword)],
      key: ['X-API-Key', await server.addKey(alice)],
      basic: ['Authorization', basic],
    }
    for (const [name, headers] of Object.entries(carriers)) expect(await isLetIn(headers), name).toBe(true)
    await write([])
    await server.feed.poll()
    for (const [name, headers] of Object.entries(carriers)) {
      expect(await isLetIn(headers), name).toBe(!ended.includes(name))
    }
  })

  it('is heard without asking, within a second', async () => {
    const heard = new Promise((resolve) =>
      server.feed.subscribe((event) => {
        if (event.kind === 'changed' && event.change.kind === 'user') resolve(event)
      }),
    )
    const startedAt = performance.now()
    await other.users.setState(alice.id, 'disabled')
    expect(await heard).toMatchObject({ kind: 'changed', change: { kind: 'user', userId: alice.id } })
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })

  it('changes the role of a key at once', async () => {
    const key = await server.addKey(alice)
    const role = async () => field(await server.ask('GET', `${apiPath}/me`, { headers: { 'x-api-key': key } }), 'role')
    expect(await role()).toBe('user')
    await other.users.setRole(alice.id, 'power')
    await server.feed.poll()
    expect(await role()).toBe('power')
  })
})

describe('a store that cannot be read', () => {
  it('lets nobody in on what is remembered', async () => {
    const key = await server.addKey(alice)
    expect(await isLetIn(['X-API-Key', key])).toBe(true)
    const database = await openDatabase(server.dataDir, { verify: false })
    await database.db.schema.alterTable('api_keys').renameTo('gone').execute()
    await database.db.schema.alterTable('changes').renameTo('gone_too').execute()
    await database.close()
    await server.feed.poll()
    await expect(server.authenticate(['X-API-Key', key])).rejects.toThrow()
  })
})
