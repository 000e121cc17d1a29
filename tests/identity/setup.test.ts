/** Is the first owner created exactly once, by whoever can read the console, and by nobody else? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mintSetupToken } from '../../sidecar/src/identity/setup-token.ts'
import { apiPath, codeOf, cookieOf, type OwnServer, startOwnServer } from './own-server.ts'

const password = 'seven lanterns by the quay'

let server: OwnServer
beforeEach(async () => {
  server = await startOwnServer()
})
afterEach(() => server[Symbol.asyncDispose]())

const setUp = (token: string, username = 'olga', chosen = password) =>
  server.ask('POST', `${apiPath}/setup`, { body: { token, username, password: chosen } })

/** @throws when no owner is missing */
async function printedToken(): Promise<string> {
  const token = await mintSetupToken(server.store.setup)
  if (token === undefined) throw new Error('an owner exists')
  return token
}

describe('set-up', () => {
  it('creates the owner and signs them in', async () => {
    expect((await server.ask('GET', `${apiPath}/setup`)).json).toEqual({ needed: true })
    const reply = await setUp(await printedToken())
    expect(reply.json).toMatchObject({ user: 'olga', role: 'owner' })
    expect((await server.ask('GET', `${apiPath}/me`, { cookie: cookieOf(reply) })).status).toBe(200)
    expect((await server.ask('GET', `${apiPath}/setup`)).json).toEqual({ needed: false })
    expect(await mintSetupToken(server.store.setup)).toBeUndefined()
  })

  it('makes one owner of fifty who post the right token at once', async () => {
    const token = await printedToken()
    const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => setUp(token, `owner${index}`)))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const reply of replies) if (reply.status !== 200) expect(codeOf(reply)).toBe('setup_done')
    expect((await server.store.users.list()).filter(({ role }) => role === 'owner')).toHaveLength(1)
    expect(await server.store.tenants.list()).toHaveLength(1)
  })

  it('refuses a wrong, an empty and an earlier token, and none at all', async () => {
    const earlier = await printedToken()
    await printedToken()
    for (const token of [earlier, 'x', `${earlier}x`]) expect(codeOf(await setUp(token))).toBe('bad_setup_token')
    expect(codeOf(await setUp(''))).toBe('bad_input')
    expect(codeOf(await server.ask('POST', `${apiPath}/setup`, { body: { username: 'olga', password } }))).toBe(
      'bad_input',
    )
    expect(await server.store.users.list()).toEqual([])
  })

  it('refuses every token while none was printed', async () => {
    expect(codeOf(await setUp('anything'))).toBe('bad_setup_token')
  })

  it('keeps the token when the password was refused', async () => {
    const token = await printedToken()
    for (const weak of ['short', 'changeme1234', 'password1234', 'olga and the sea', 'aaaaaaaaaaaa']) {
      expect(codeOf(await setUp(token, 'olga', weak)), weak).toBe('weak_password')
    }
    expect((await setUp(token)).status).toBe(200)
  })

  it('is over once the command line made an owner, whatever was printed', async () => {
    const token = await printedToken()
    await server.addUser('first', 'owner')
    expect(codeOf(await setUp(token))).toBe('setup_done')
  })

  it('keeps only the hash of the token', async () => {
    const token = await printedToken()
    expect(await server.store.setup.findTokenHash()).not.toContain(token)
  })
})
