/** Does a passkey prove its owner, once for each thing asked, and nobody else? With an authenticator that can be told to misbehave. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseRecord } from '../support/person.ts'
import { createSoftPasskey, type Signing, type SoftPasskey } from '../support/soft-passkey.ts'
import { enrolByName } from './factors.ts'
import {
  alicePassword,
  apiPath,
  codeOf,
  cookieOf,
  field,
  type OwnServer,
  type Reply,
  startOwnServer,
} from './own-server.ts'

const host = 'localhost:8188'
const origin = `http://${host}`

let server: OwnServer
let passkey: SoftPasskey
let cookie: string
beforeEach(async () => {
  server = await startOwnServer()
  await server.addUser('alice', 'user')
  passkey = createSoftPasskey(origin)
  cookie = cookieOf(await register(await server.logIn('alice', alicePassword), passkey))
})
afterEach(() => server[Symbol.asyncDispose]())

const post = (path: string, body: object, more: { cookie?: string; headers?: Record<string, string> } = {}) =>
  server.ask('POST', `${apiPath}${path}`, { body, headers: { host, ...more.headers }, cookie: more.cookie })
const options = async (purpose: string) => (await post('/passkey/options', { purpose })).json
const alone = async (how: Signing = {}): Promise<Reply> =>
  post('/login', { passkey: passkey.get(await options('login'), how) })
const beside = async (how: Signing = {}, username = 'alice'): Promise<Reply> =>
  post('/login', { username, password: alicePassword, passkey: passkey.get(await options('confirm'), how) })

async function register(session: string, made: SoftPasskey, from?: string): Promise<Reply> {
  const offered = await post('/factors/passkey/options', {}, { cookie: session })
  return post('/factors/passkey', { passkey: made.create(offered.json, from), label: 'laptop' }, { cookie: session })
}

describe('a passkey', () => {
  it('is listed by kind and label, brings recovery codes, and gives nothing of itself away', async () => {
    const list = await server.ask('GET', `${apiPath}/factors`, { cookie, headers: { host } })
    expect(list.json).toMatchObject({
      factors: [{ kind: 'passkey', label: 'laptop' }],
      recoveryCodes: 10,
      passkeys: true,
    })
    expect(list.text).not.toMatch(/publicKey|rpId/)
  })

  it('logs its owner in alone, when it knew them by a finger or PIN', async () => {
    const reply = await alone()
    expect([reply.status, field(reply, 'user')]).toEqual([200, 'alice'])
    expect(await server.store.sessions.list()).toContainEqual(
      expect.objectContaining({ method: 'passkey', factor: 'passkey' }),
    )
  })

  it('stands beside a password without one', async () => {
    expect((await beside({ isVerified: false })).status).toBe(200)
  })

  it('proves again who sits there', async () => {
    const signed = passkey.get(await options('confirm'), { isVerified: false })
    expect((await post('/elevate', { passkey: signed }, { cookie })).status).toBe(200)
  })

  it.each<[string, Signing]>([
    ['that did not know its owner', { isVerified: false }],
    ['used on the page of another site', { origin: 'http://localhost.evil.example' }],
    ['used on another port', { origin: 'http://localhost:1' }],
    ['that says it is of somebody else', { userHandle: Buffer.from('somebody').toString('base64url') }],
    ['that says of nobody whose it is', { userHandle: '' }],
  ])('%s opens nothing alone', async (_what, how) => {
    expect(codeOf(await alone(how))).toBe('bad_credentials')
  })

  it('is answered once: the same signature again opens nothing', async () => {
    const signed = passkey.get(await options('login'))
    expect((await post('/login', { passkey: signed })).status).toBe(200)
    expect(codeOf(await post('/login', { passkey: signed }))).toBe('bad_credentials')
  })

  it('is answered once even by one that does not count', async () => {
    passkey.counter = 0
    const fresh = createSoftPasskey(origin)
    fresh.counter = 0
    await server.addUser('ann', 'user')
    const added = await register(await server.logIn('ann', alicePassword), fresh)
    expect(added.status).toBe(201)
    const signed = fresh.get(await options('login'))
    const replies = [await post('/login', { passkey: signed }), await post('/login', { passkey: signed })]
    expect(replies.map(({ status }) => status)).toEqual([200, 401])
    expect((await post('/login', { passkey: fresh.get(await options('login')) })).status).toBe(200)
  })

  it('that counts backwards was copied, and opens nothing', async () => {
    expect((await alone()).status).toBe(200)
    passkey.counter = 1
    expect(codeOf(await alone())).toBe('bad_credentials')
  })

  it('opens nothing by what was asked for another purpose, too long ago, or by nobody', async () => {
    const confirm = passkey.get(await options('confirm'))
    expect(codeOf(await post('/login', { passkey: confirm }))).toBe('bad_credentials')
    const old = passkey.get(await options('login'))
    server.clock.nowMs += 6 * 60_000
    expect(codeOf(await post('/login', { passkey: old }))).toBe('bad_credentials')
    const made = { ...parseRecord(await options('login')), challenge: Buffer.alloc(54, 7).toString('base64url') }
    expect(codeOf(await post('/login', { passkey: passkey.get(made) }))).toBe('bad_credentials')
  })

  it('of somebody else does not stand beside a password', async () => {
    await server.addUser('ann', 'user')
    await enrolByName(server, 'ann')
    expect(codeOf(await beside({}, 'ann'))).toBe('bad_credentials')
  })

  it('opens nothing alone for whom others vouch, for the disabled, and once it is removed', async () => {
    const alice = await server.store.users.findByName('alice')
    if (alice === undefined) throw new Error('alice is not there')
    await server.store.users.setState(alice.id, 'disabled')
    expect(codeOf(await alone())).toBe('bad_credentials')
    await server.store.users.setState(alice.id, 'active')
    expect((await alone()).status).toBe(200)
    await server.store.secondFactors.removeAll(alice.id)
    expect(codeOf(await alone())).toBe('bad_credentials')
    const carl = await server.store.users.add({ name: 'carl', role: 'user', passwordHash: null })
    const made = await foreignPasskey(carl)
    expect(codeOf(await post('/login', { passkey: made.get(await options('login')) }))).toBe('bad_credentials')
  })

  it('is asked for in the same words whoever asks', async () => {
    const told = async () => {
      const { challenge, ...rest } = parseRecord(await options('login'))
      expect(String(challenge)).toHaveLength(72)
      return rest
    }
    const before = await told()
    expect(before).toEqual({ rpId: 'localhost', allowCredentials: [], userVerification: 'required', timeout: 60_000 })
    await server.store.users.add({ name: 'carl', role: 'user', passwordHash: null })
    expect(await told()).toEqual(before)
  })
})

/** Of somebody without a password here: as if they had added it when they still had one. */
async function foreignPasskey({
  id: userId,
}: {
  readonly id: Parameters<OwnServer['store']['secondFactors']['list']>[0]
}) {
  const theirs = createSoftPasskey(origin)
  const challenge = await server.identity.passkeys.offer({ id: userId, name: 'carl' }, [], {
    origin,
    rpId: 'localhost',
  })
  const response = parseCreated(theirs.create(challenge))
  const made = await server.identity.passkeys.register({ id: userId }, response, { origin, rpId: 'localhost' })
  await server.store.secondFactors.add({ userId, kind: 'passkey', label: '', createdAtMs: 0, ...made })
  return theirs
}

function parseCreated(value: object) {
  return value as Parameters<OwnServer['identity']['passkeys']['register']>[1]
}

describe('making a passkey', () => {
  it('is refused for the page of another site, for a question asked of somebody else, and twice', async () => {
    const other = createSoftPasskey(origin)
    expect(codeOf(await register(cookie, other, 'http://evil.example'))).toBe('bad_input')
    await server.addUser('ann', 'user')
    const anns = await server.logIn('ann', alicePassword)
    const offered = await post('/factors/passkey/options', {}, { cookie })
    const created = other.create(offered.json)
    expect(codeOf(await post('/factors/passkey', { passkey: created }, { cookie: anns }))).toBe('bad_input')
    const added = await post('/factors/passkey', { passkey: created }, { cookie })
    expect(added.status).toBe(201)
    expect(codeOf(await post('/factors/passkey', { passkey: created }, { cookie: cookieOf(added) }))).toBe('bad_input')
  })

  it('is refused for one that another account has', async () => {
    await server.addUser('ann', 'user')
    const reply = await register(await server.logIn('ann', alicePassword), passkey)
    expect(codeOf(reply)).toBe('identity_taken')
  })

  it.each(['192.168.1.5:8188', '[::1]:8188', 'studio.lan:8188', '127.0.0.1:8188'])(
    'says that http://%s can have none, and so do its log-ins',
    async (where) => {
      const headers = { host: where }
      const offered = await post('/factors/passkey/options', {}, { cookie, headers })
      expect([offered.status, codeOf(offered)]).toEqual([409, 'passkeys_unavailable'])
      expect(codeOf(await post('/passkey/options', {}, { headers }))).toBe('passkeys_unavailable')
      const list = await server.ask('GET', `${apiPath}/factors`, { cookie, headers })
      expect(field(list, 'passkeys')).toBe(false)
    },
  )
})
