/** Does a rule that only reports refuse nothing, say whom it would hit, and leave every wall where it is? */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../sidecar/src/config/config.ts'
import { warnOfTriedRules } from '../../sidecar/src/context/warn-of-tried-rules.ts'
import { type Configured, startConfigured, yamlOf } from '../support/configured.ts'
import { savedPicture } from '../support/graphs.ts'
import { type Graph, type Person, parseRecord, until } from '../support/person.ts'
import { sentencesOf, unsaid } from '../support/said.ts'
import { personWithKey } from '../support/world.ts'

const page = 'docs/identity/report-only.md'
const [printed = ''] = yamlOf(page)

let site: Configured
let uma: Person
let olga: Person
beforeAll(async () => {
  site = await startConfigured('')
  for (const name of ['client-a.safetensors', 'house.safetensors']) putModel(name)
  const { store, address } = site
  const person = async (name: string, role: 'user' | 'owner') => {
    const member = await store.users.add({ name, role, passwordHash: null, tenantName: name })
    return personWithKey(store, { name, address, folderKey: member.tenant.folderKey }, member)
  }
  uma = await person('uma', 'user')
  olga = await person('olga', 'owner')
})
afterAll(() => site[Symbol.asyncDispose]())

const reported = async () => {
  const rows = await site.store.audit.page({ from: { before: undefined }, limit: 500, kind: 'rule.reported' })
  return rows.map(({ event }) => parseRecord(JSON.parse(event)))
}
const reports = (rule: string, what: RegExp) =>
  until(async () =>
    (await reported()).find(
      ({ target, detail }) => target === rule && what.test(String(parseRecord(detail).wouldRefuse)),
    ),
  )
const putModel = (name: string): void => {
  const file = join(site.practice.baseDirectory, 'models', 'embeddings', name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, 'weights')
}
const queue = (person: Person, color: number) => person.post('/prompt', { prompt: savedPicture('own', color) })

describe('a rule that only reports', () => {
  it('lets a class through, offers it, and says who ran it; and holds when its name is gone', async () => {
    site.rewrite(printed)
    expect((await queue(uma, 1)).status).toBe(200)
    expect(await uma.json('/object_info/PreviewImage')).toHaveProperty('PreviewImage')
    const event = await reports('role-nodes', /^PreviewImage$/)
    expect(event).toMatchObject({ actor: { name: 'uma' }, tenant: { name: 'uma' }, method: 'api-key' })
    site.rewrite(printed.replace('role-nodes, ', ''))
    expect(await (await queue(uma, 2)).text()).toContain('PreviewImage is not among the nodes of your role')
    expect(await uma.json('/object_info/PreviewImage')).toEqual({})
    expect((await queue(olga, 3)).status).toBe(200)
  })

  it('lets a model through, offers it, and says where it was chosen and by whom; and holds when its name is gone', async () => {
    const rule = "roles: { user: { models: { deny: ['embeddings/client-*'] } } }\n"
    const loads = (prefix: string): Graph => ({
      ...savedPicture(prefix),
      '4': { class_type: 'PrimitiveString', inputs: { value: 'a house, embedding:client-a' } },
    })
    const listed = async () => (await uma.fetch('/embeddings')).json()
    site.rewrite(`${rule}policy: { report_only: [role-models] }`)
    expect(await (await uma.post('/prompt', { prompt: loads('tried') })).text()).toContain('prompt_id')
    expect(await listed()).toEqual(['client-a', 'house'])
    const event = await reports('role-models', /^PrimitiveString\.value$/)
    expect(event).toMatchObject({ actor: { name: 'uma' }, tenant: { name: 'uma' } })
    // Names of models are names of files, which are not written down.
    expect(JSON.stringify(event)).not.toContain('client-a')
    site.rewrite(rule)
    expect(await (await uma.post('/prompt', { prompt: loads('held') })).text()).toContain('your role may not use')
    expect(await listed()).toEqual(['house'])
    site.rewrite('')
  })

  it('is tried out for one role, and holds for the others', async () => {
    const rules = `roles:
  user: { nodes: { deny: [PreviewImage] }, addresses: { deny: [127.0.0.1] } }
  power: { nodes: { deny: [PreviewImage] }, addresses: { deny: [127.0.0.1] } }
`
    const { store, address } = site
    const member = await store.users.add({ name: 'pia', role: 'power', passwordHash: null })
    const pia = await personWithKey(store, { name: 'pia', address, folderKey: member.tenant.folderKey }, member)
    site.rewrite(`${rules}policy: { report_only: ['role-nodes:power', role-addresses] }`)
    expect(await (await queue(uma, 8)).text()).toContain('PreviewImage is not among the nodes of your role')
    expect((await queue(pia, 9)).status).toBe(200)
    site.rewrite(`${rules}policy: { report_only: [role-nodes, 'role-addresses:power'] }`)
    expect((await uma.fetch('/queue')).status).toBe(403)
    expect((await pia.fetch('/queue')).status).toBe(200)
    await reports('role-addresses', /^roles\.power\.addresses$/)
    site.rewrite('')
  })

  it('lets a prompt through that comes too early', async () => {
    const rate = 'limits: { key_prompts_per_minute: 1, key_prompt_burst: 1 }\n'
    site.rewrite(`${rate}policy: { report_only: [prompt-rate] }`)
    expect((await queue(olga, 4)).status).toBe(200)
    expect((await queue(olga, 5)).status).toBe(200)
    await reports('prompt-rate', /too early$/)
    site.rewrite(rate)
    expect((await queue(olga, 6)).status).toBe(429)
  })

  it('lets addresses through, for everybody and for a role', async () => {
    const lists = 'network: { deny: [127.0.0.0/8] }\nroles: { user: { addresses: { deny: [127.0.0.1] } } }\n'
    site.rewrite(`${lists}policy: { report_only: [network, role-addresses] }`)
    expect((await uma.fetch('/queue')).status).toBe(200)
    await reports('network', /^network$/)
    site.rewrite(`${lists}policy: { report_only: [network] }`)
    expect((await uma.fetch('/queue')).status).toBe(403)
    expect((await olga.fetch('/queue')).status).toBe(200)
    site.rewrite(lists)
    expect((await olga.fetch('/queue')).status).toBe(403)
    site.rewrite('')
  })

  it('leaves every wall where it is', async () => {
    site.rewrite(
      'policy: { report_only: [network, role-addresses, role-nodes, role-models, prompt-rate, owner-routes] }',
    )
    const picture = await uma.queues(savedPicture('walls', 7))
    await picture.finishes()
    expect(await olga.json(`/history/${picture.id}`)).toEqual({})
    expect((await fetch(`${site.address}/queue`)).status).toBe(401)
    expect((await uma.fetch('/no/such/route')).status).toBe(404)
    expect((await uma.fetch('/manager/reboot', { method: 'POST' })).status).toBe(404)
    expect((await uma.fetch('/gatehouse/api/v1/users')).status).toBe(403)
    const unknown = { '1': { class_type: 'NobodyKnowsThis', inputs: {} } }
    expect((await uma.post('/prompt', { prompt: unknown })).status).toBe(400)
    site.rewrite('')
  })
})

it('a row for owners can be tried out, and one that is denied cannot', async () => {
  const rows = `routes:
  - { route: GET /system_stats_of_pack, isolation: owners, says: only for owners of this test }
  - { route: GET /other_of_pack, isolation: denied, says: for nobody at all }
`
  await using own = await startConfigured(`${rows}policy: { report_only: [owner-routes] }`)
  const { store, address } = own
  const member = await store.users.add({ name: 'ulf', role: 'user', passwordHash: null })
  const ulf = await personWithKey(store, { name: 'ulf', address }, member)
  const asked = () => own.practice.requests.filter(({ url }) => url.includes('_of_pack')).map(({ url }) => url)
  await ulf.fetch('/system_stats_of_pack')
  await ulf.fetch('/other_of_pack')
  expect(asked()).toEqual(['/system_stats_of_pack'])
  own.rewrite(rows)
  await ulf.fetch('/system_stats_of_pack')
  expect(asked()).toEqual(['/system_stats_of_pack'])
})

it('a name that is no rule is a mistake, and rules that are tried out are warned of', async () => {
  const wrong = startConfigured('policy: { report_only: [authentication] }')
  await expect(wrong).rejects.toBeInstanceOf(ConfigError)
  await expect(wrong).rejects.toThrow('policy.report_only.0: write one of network, role-addresses')
  for (const entry of ['network:user', 'prompt-rate:user', 'role-nodes:'])
    await expect(startConfigured(`policy: { report_only: ['${entry}'] }`)).rejects.toThrow('write one of network')
  const nobodys = startConfigured("policy: { report_only: ['role-nodes:emperor'] }")
  await expect(nobodys).rejects.toThrow('policy.report_only.0: there is no role emperor; choose one of owner')
  const said: string[] = []
  warnOfTriedRules({ policy: { report_only: [] } }, (sentence) => said.push(sentence))
  warnOfTriedRules({ policy: { report_only: ['network', 'role-nodes'] } }, (sentence) => said.push(sentence))
  expect(said).toHaveLength(1)
  expect(said[0]).toContain('everything through that network, role-nodes would refuse')
})

it('the page explains only sentences that are said', () => {
  expect(sentencesOf(page).length).toBeGreaterThan(1)
  expect(unsaid(sentencesOf(page))).toEqual([])
})
