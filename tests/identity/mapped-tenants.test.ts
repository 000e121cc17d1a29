/** Do `accounts.tenants` put people into the tenant of their name, of their group, or of the table as it stands? */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Configured, startConfigured } from '../support/configured.ts'
import { memberOf, type Peer, peerAt } from './peer.ts'

const yaml = `
auth:
  trusted_headers:
    - name: sso
      preset: authelia
      from: [127.0.0.1]
      accounts:
        role: user
        tenants: { '@show-two': two, Anna: lab, '@show-one': one }
`
let site: Configured
let gateway: Peer
beforeAll(async () => {
  site = await startConfigured(yaml)
  gateway = peerAt('127.0.0.1', site)
})
afterAll(() => site[Symbol.asyncDispose]())

async function tenantOf(user: string, groups: string): Promise<unknown> {
  const headers = ['Remote-User', user, 'Remote-Groups', groups]
  return memberOf(await gateway.ask('/gatehouse/api/v1/me', { headers }), 'tenant')
}

it('a name on the table beats every group, and the first line with a group of theirs counts for the rest', async () => {
  expect(await tenantOf('anna', 'show-one')).toBe('sso/lab')
  expect(await tenantOf('nick', 'artists,show-one')).toBe('sso/one')
  expect(await tenantOf('nora', 'show-one,show-two')).toBe('sso/two')
  // A group is no person, nor the other way round.
  expect(await tenantOf('show-one', 'anna')).not.toMatch(/^sso\//)
})

it('people of one group share a workflow that nobody else finds', async () => {
  const at = '/userdata/workflows%2Fshow.json'
  const [one, two] = [
    ['Remote-Groups', 'show-one'],
    ['Remote-Groups', 'show-two'],
  ]
  const own = ['Origin', site.address]
  const saved = await gateway.ask(at, {
    ...{ method: 'POST', headers: ['Remote-User', 'olaf', ...(one ?? []), ...own], body: { nodes: [] } },
  })
  expect(saved.status).toBe(200)
  expect((await gateway.ask(at, { headers: ['Remote-User', 'oskar', ...(one ?? [])] })).status).toBe(200)
  expect((await gateway.ask(at, { headers: ['Remote-User', 'otto', ...(two ?? [])] })).status).toBe(404)
})
