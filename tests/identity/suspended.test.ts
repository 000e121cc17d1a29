/** Does an administrator's word stand where a provider had suspended somebody already? */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { alicePassword, apiPath, field, type OwnServer, startOwnServer } from './own-server.ts'

const issuer = 'https://login.example.com'

let server: OwnServer
beforeEach(async () => {
  server = await startOwnServer()
  await server.addUser('olga', 'owner')
})
afterEach(() => server[Symbol.asyncDispose]())

it('whom a provider suspended and an administrator then disabled is let in by no provider', async () => {
  const { id } = await server.addUser('anna', 'user')
  expect(await server.store.suspensions.suspend(id, issuer)).toBe(true)
  const cookie = await server.logIn('olga', alicePassword)
  const reply = await server.ask('PATCH', `${apiPath}/users/anna`, { cookie, body: { state: 'disabled' } })
  expect([reply.status, field(reply, 'state')]).toEqual([200, 'disabled'])
  expect(await server.store.suspensions.lift(id, issuer)).toBe(false)
  expect(await server.store.users.findById(id)).toMatchObject({ state: 'disabled' })
  expect(server.audited).toContainEqual(expect.objectContaining({ kind: 'user.changed', target: 'anna' }))
})

it('whom a provider suspended and nobody else touched is let in by it again', async () => {
  const { id } = await server.addUser('anna', 'user')
  await server.store.suspensions.suspend(id, issuer)
  expect(await server.store.suspensions.lift(id, 'https://another.example.com')).toBe(false)
  expect(await server.store.suspensions.lift(id, issuer)).toBe(true)
  expect(await server.store.users.findById(id)).toMatchObject({ state: 'active' })
})
