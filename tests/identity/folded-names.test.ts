/** Is somebody elsewhere, whose name reads as another's once its characters are folded, another person here? */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Configured, startConfigured } from '../support/configured.ts'
import { memberOf, type Peer, peerAt } from './peer.ts'

const gatewayYaml = (accounts: string) => `
auth:
  trusted_headers:
    - name: sso
      header: Remote-User
      from: [127.0.0.1]
      accounts: ${accounts}
`
/** Full-width, without the dot of its i, with the long s: each folds to `alice` or `misses`. */
const lookalikes = [
  ['alice', '\uff41lice'],
  ['alice', 'al\u0131ce'],
  ['misses', 'mi\u017fses'],
  ['strasse', 'stra\u00dfe'],
] as const

let site: Configured
let gateway: Peer
const asks = (name: string) =>
  gateway.ask('/gatehouse/api/v1/me', { headers: ['Remote-User', Buffer.from(name).toString('latin1')] })

describe('at a gateway where people choose their names', () => {
  beforeAll(async () => {
    site = await startConfigured(
      gatewayYaml('{ role: user, tenants: { alice: vault, misses: vault, strasse: vault } }'),
    )
    gateway = peerAt('127.0.0.1', site)
  })
  afterAll(() => site[Symbol.asyncDispose]())

  it.each(lookalikes)(
    '%j and %j are two people, and a tenant for one is not for the other',
    async (name, lookalike) => {
      const [first, second] = [await asks(name), await asks(lookalike)]
      expect([first.status, second.status]).toEqual([200, 200])
      expect(memberOf(second, 'user')).toMatch(new RegExp(`^${name}@sso`))
      expect(memberOf(first, 'tenant')).toBe('sso/vault')
      expect(memberOf(second, 'tenant')).not.toBe('sso/vault')
    },
  )

  it('a name is the same in every case, and in either way to write its accents', async () => {
    const names = ['Jos\u00e9', 'jose\u0301', 'JOS\u00c9']
    const pages = await Promise.all(names.map(async (name) => memberOf(await asks(name), 'page')))
    expect(new Set(pages).size).toBe(1)
  })
})

describe('at a gateway whose names are those of here', () => {
  beforeAll(async () => {
    site = await startConfigured(gatewayYaml('{ role: user, names: shared }'))
    gateway = peerAt('127.0.0.1', site)
    for (const [name] of lookalikes) await site.store.users.findByName(name).then((known) => known ?? add(name))
  })
  afterAll(() => site[Symbol.asyncDispose]())
  const add = (name: string) => site.store.users.add({ name, role: 'owner', passwordHash: null, tenantName: name })

  it.each(lookalikes)('%j is not opened by %j', async (name, lookalike) => {
    const [own, foreign] = [await asks(name), await asks(lookalike)]
    expect([own.status, memberOf(own, 'role'), foreign.status]).toEqual([200, 'owner', 401])
  })
})
