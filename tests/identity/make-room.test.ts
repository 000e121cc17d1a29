/** Whose sessions make room for new ones? Those that were opened likewise: nobody puts an owner out with a key they found. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { alicePassword, apiPath, type OwnServer, startOwnServer } from './own-server.ts'

let server: OwnServer
beforeAll(async () => {
  server = await startOwnServer()
})
afterAll(() => server[Symbol.asyncDispose]())

it('a hundred sessions by key make room for each other, and leave those alone that their person opened', async () => {
  const alice = await server.addUser('alice', 'user')
  const apiKey = await server.addKey(alice)
  const cookie = await server.logIn('alice', alicePassword)
  for (let count = 0; count < 70; count += 1) {
    server.clock.nowMs += 1
    const answers = [
      await server.ask('POST', `${apiPath}/login`, { body: { apiKey } }),
      await server.ask('POST', `${apiPath}/token`, { body: { apiKey } }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
  }
  expect((await server.ask('GET', `${apiPath}/me`, { cookie })).status).toBe(200)
  const open = await server.store.sessions.list(alice.id)
  expect([open.filter(({ apiKeyId }) => apiKeyId === null).length, open.length]).toEqual([1, 101])
})

it('a hundred sessions by password make room for each other', async () => {
  const bob = await server.addUser('bob', 'user')
  for (let count = 0; count < 103; count += 1) {
    server.clock.nowMs += 1
    await server.logIn('bob', alicePassword)
  }
  expect(await server.store.sessions.list(bob.id)).toHaveLength(100)
})
