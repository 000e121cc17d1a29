/** Can somebody who chose their own name wait with it for the people whom an administrator will put into a tenant of that name? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createResolveExternal } from '../../sidecar/src/identity/external-account.ts'
import { createPlacement } from '../../sidecar/src/tenant/place-tenants.ts'
import { alicePassword, apiPath, field, type OwnServer, startOwnServer } from './own-server.ts'
import { runCommandIn } from './run-command.ts'

const password = 'seven lanterns by the quay'

let server: OwnServer
beforeEach(async () => {
  server = await startOwnServer()
  server.registration = { mode: 'approval', role: 'user', waitingCount: 3 }
  await server.addUser('adam', 'admin')
})
afterEach(() => server[Symbol.asyncDispose]())

const asAdam = () => server.logIn('adam', alicePassword)
const register = (username: string) => server.ask('POST', `${apiPath}/register`, { body: { username, password } })

const feed = { subscribe: () => () => undefined }

async function accept(username: string): Promise<void> {
  const made = await server.ask('POST', `${apiPath}/invitations`, { cookie: await asAdam(), body: { role: 'user' } })
  const token = String(field(made, 'path')).split('#')[1]
  const body = { token, username, password }
  expect((await server.ask('POST', `${apiPath}/invitations/accept`, { body })).status).toBe(200)
}

async function provision(userName: string): Promise<void> {
  const { users, linkedIdentities } = server.store
  const resolve = createResolveExternal({ users, linkedIdentities, feed })
  const subject = { source: 'company', issuer: 'https://issuer.example', subject: 's-1', userName }
  const rules = { provision: true, names: 'own', role: 'user', roles: {}, tenants: {} } as const
  await resolve({ ...subject, tenant: undefined, groups: [] }, rules)
}

/** As an administrator does, who means a tenant and not a person. */
async function addTo(tenant: string, name: string): Promise<void> {
  const body = { username: name, role: 'user', tenant, password: alicePassword }
  expect((await server.ask('POST', `${apiPath}/users`, { cookie: await asAdam(), body })).status).toBe(201)
}

async function memberOf(name: string) {
  const member = await server.store.users.findByName(name)
  if (member === undefined) throw new Error(`no ${name}`)
  return member
}

describe('the tenant of somebody who chose their own name', () => {
  const ways: readonly (readonly [string, (name: string) => Promise<unknown>])[] = [
    ['asked for an account', register],
    ['was invited without a tenant', accept],
    ['came from an issuer', provision],
  ]
  for (const [how, come] of ways) {
    it(`is joined by nobody whom an administrator puts into one of that name later (${how})`, async () => {
      await come('acme')
      await addTo('acme', 'bob')
      const [acme, bob] = [await memberOf('acme'), await memberOf('bob')]
      expect(bob.tenant.id).not.toBe(acme.tenant.id)
      expect(bob.tenant.folderKey).not.toBe(acme.tenant.folderKey)
      expect(acme.tenant.label).toBe('acme (own)')
      expect(bob.tenant.label).toBe('acme')
    })

    it(`is theirs alone where a tenant of that name is there already (${how})`, async () => {
      await addTo('acme', 'bob')
      await come('acme')
      expect((await memberOf('acme')).tenant.id).not.toBe((await memberOf('bob')).tenant.id)
      expect(await server.store.tenants.members((await memberOf('acme')).tenant.id)).toHaveLength(1)
    })

    it(`is on no worker that a tenant of that name has for itself (${how})`, async () => {
      const entries = [{ tenant: 'acme', role: undefined, worker: 'their-own' }]
      const { tenants } = server.store
      await addTo('acme', 'bob')
      await come('acme')
      const placement = createPlacement({ tenants, feed, entries })
      expect(await placement.workerOf((await memberOf('bob')).tenant.id)).toBe('their-own')
      expect(await placement.workerOf((await memberOf('acme')).tenant.id)).toBe('default')
    })
  }

  it('can be given a name, by which others join it from then on', async () => {
    await register('nora')
    expect(await runCommandIn(server, ['tenant', 'name', 'Nora', 'Studio'])).toBe(
      'The tenant of nora is called studio now. Others join it with --tenant studio.\n',
    )
    await addTo('studio', 'bob')
    const [nora, bob] = [await memberOf('nora'), await memberOf('bob')]
    expect(bob.tenant).toEqual(nora.tenant)
    expect(nora.tenant.label).toBe('studio')
  })

  it('gets no name that another one has, and no second one', async () => {
    await register('nora')
    await addTo('acme', 'bob')
    await expect(runCommandIn(server, ['tenant', 'name', 'nora', 'acme'])).rejects.toMatchObject({
      code: 'tenant_taken',
    })
    await expect(runCommandIn(server, ['tenant', 'name', 'bob', 'other'])).rejects.toThrow(/is called acme already/)
    await expect(runCommandIn(server, ['tenant', 'name', 'nora'])).rejects.toThrow(/gatehouse tenant name USER NAME/)
    expect((await memberOf('nora')).tenant.label).toBe('nora (own)')
  })
})
