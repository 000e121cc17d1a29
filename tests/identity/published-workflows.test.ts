/** Who runs published workflows, and nothing else? Roles that may edit no graph, and keys that were made for one. */
import { parseRole } from '@gatehouse/shared/roles'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { savedPicture } from '../support/graphs.ts'
import { createPerson, type Graph, type Person, until } from '../support/person.ts'
import { createWorld, personWithKey, type World } from '../support/world.ts'

const own = '/gatehouse/api/v1'
let world: World
/** Of Acme, as alice is. */
let runner: Person
let publisher: Person
/** Of Birch. */
let stranger: Person

async function enrol(name: string, roleName: string, tenantName: string): Promise<Person> {
  const role = parseRole(roleName)
  if (role === undefined) throw new Error('no role')
  const member = await world.store.users.add({ name, role, passwordHash: null, tenantName })
  return personWithKey(world.store, { name, address: world.address, folderKey: member.tenant.folderKey }, member)
}

async function keyOf(name: string, limits: { readonly workflow: string }): Promise<Person> {
  const member = await world.store.users.findByName(name)
  if (member === undefined) throw new Error('nobody')
  const { id, key, secretHash } = mintApiKey()
  await world.store.apiKeys.add({ id, userId: member.id, label: '', secretHash, expiresAtMs: null, ...limits })
  return createPerson({ name, address: world.address, key, folderKey: member.tenant.folderKey })
}

beforeAll(async () => {
  world = await createWorld({
    config: (config) => ({
      ...config,
      roles: { ...config.roles, runner: { like: 'user', may_not: ['graph:edit'], limits: {} } },
    }),
  })
  runner = await enrol('rita', 'runner', 'acme')
  publisher = await enrol('paula', 'power', 'acme')
  stranger = await enrol('ray', 'runner', 'birch')
})
afterAll(() => world[Symbol.asyncDispose]())

const portrait = savedPicture('portrait', 1)
const open = [{ node: '1', input: 'color' }]

async function publishes(person: Person, more: object = {}): Promise<readonly [number, string]> {
  const answer = await person.post(`${own}/workflows`, { name: 'portrait', prompt: portrait, open, ...more })
  return [answer.status, await answer.text()]
}

async function withdraws(person: Person, name: string, query = ''): Promise<number> {
  return (await person.fetch(`${own}/workflows/${name}${query}`, { method: 'DELETE' })).status
}

async function asks(person: Person, prompt: Graph, path = '/prompt'): Promise<readonly [number, string]> {
  const answer = await person.post(path, { prompt })
  return [answer.status, await answer.text()]
}

const recoloured = savedPicture('portrait', 4711)
const renamed = savedPicture('landscape', 1)

describe('a role without graph:edit', () => {
  it('queues nothing while nothing is published, and is told why', async () => {
    for (const path of ['/prompt', '/api/prompt']) {
      const [status, text] = await asks(runner, portrait, path)
      expect([status, text]).toEqual([400, expect.stringContaining('published workflows only')])
    }
    expect((await runner.json('/history')) ?? {}).toEqual({})
  })

  it('queues what is published in its tenant, with another value where one is open', async () => {
    expect((await publishes(publisher))[0]).toBe(201)
    const job = await runner.queues(recoloured)
    expect(await job.finishes()).toMatchObject({ status: { status_str: 'success' } })
    expect((await asks(runner, portrait, '/api/prompt'))[0]).toBe(200)
    expect((await asks(runner, renamed))[0]).toBe(400)
    // In another tenant nothing of that name is published.
    expect((await asks(stranger, portrait))[0]).toBe(400)
    expect((await asks(world.alice, renamed))[0]).toBe(200)
    expect(await withdraws(publisher, 'portrait')).toBe(204)
    expect((await asks(runner, portrait))[0]).toBe(400)
  })

  it('sees what it may run, whole and with every digit', async () => {
    const seed = 18_446_744_073_709_551_615n
    const body = JSON.stringify({ name: 'numbers', prompt: savedPicture('seed'), open: [] })
    const answer = await publisher.fetch(`${own}/workflows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body.slice(0, -1).concat(`,"workflow":{"id":"house","seed":${seed}}}`),
    })
    expect(answer.status).toBe(201)
    expect(await (await runner.fetch(`${own}/workflows`)).json()).toMatchObject([{ name: 'numbers', everybody: false }])
    const whole = await (await runner.fetch(`${own}/workflows/numbers`)).text()
    expect(whole).toContain(`"seed":${seed}`)
    expect(JSON.parse(whole)).toMatchObject({ name: 'numbers', open: [], prompt: { '2': { class_type: 'SaveImage' } } })
    expect((await stranger.fetch(`${own}/workflows/numbers`)).status).toBe(404)
    expect(await (await stranger.fetch(`${own}/workflows`)).json()).toEqual([])
    expect(await withdraws(publisher, 'numbers')).toBe(204)
  })

  it('leaves in pictures the workflow that was published, and not its own', async () => {
    const workflow = { id: 'house', nodes: [], version: 0.4 }
    expect((await publishes(publisher, { workflow }))[0]).toBe(201)
    const job = await runner.queues(portrait, { extra_data: { extra_pnginfo: { workflow: { id: 'forged' } } } })
    await job.finishes()
    const { workflow_id: workflowId, workflow: told } = await runner.json(`/api/jobs/${job.id}`)
    expect(workflowId).toBe('house')
    expect(JSON.stringify(told)).not.toContain('forged')
    expect(await withdraws(publisher, 'portrait')).toBe(204)
  })
})

describe('publishing', () => {
  it('is for those who may, and for everybody only for administrators', async () => {
    for (const person of [world.alice, runner]) expect((await publishes(person))[0]).toBe(403)
    expect((await publishes(publisher, { everybody: true }))[0]).toBe(403)
    expect((await publishes(world.olga, { everybody: true }))[0]).toBe(201)
    expect((await asks(stranger, recoloured))[0]).toBe(200)
    expect(await withdraws(publisher, 'portrait', '?everybody=true')).toBe(403)
    expect(await withdraws(publisher, 'portrait')).toBe(404)
    expect(await withdraws(world.olga, 'portrait', '?everybody=true')).toBe(204)
    expect((await asks(stranger, recoloured))[0]).toBe(400)
  })

  it('refuses what would not run, a name that is taken, and an input that is a link', async () => {
    const bad = { '1': { class_type: 'NeverThere', inputs: {} } }
    expect(await publishes(publisher, { prompt: bad })).toEqual([400, expect.stringContaining('would not run')])
    const linked = [{ node: '2', input: 'images' }]
    expect(await publishes(publisher, { open: linked })).toEqual([400, expect.stringContaining('cannot stay open')])
    expect((await publishes(publisher, { name: ' ' }))[0]).toBe(400)
    expect((await publishes(publisher))[0]).toBe(201)
    expect(await publishes(publisher)).toEqual([409, expect.stringContaining('already')])
    expect(await withdraws(publisher, 'portrait')).toBe(204)
  })

  it('takes nothing but JSON, from nobody who is not signed in', async () => {
    const body = JSON.stringify({ name: 'portrait', prompt: portrait })
    const post = (person: Person, type: string) =>
      person.fetch(`${own}/workflows`, { method: 'POST', headers: { 'content-type': type }, body })
    expect((await post(publisher, 'text/plain')).status).toBe(415)
    expect((await post(world.mallory, 'application/json')).status).toBe(401)
  })
})

describe('a key for one workflow', () => {
  it('runs that one with the permissions of its owner, and no other graph', async () => {
    const key = await keyOf('alice', { workflow: 'portrait' })
    expect((await asks(key, portrait))[0]).toBe(400)
    expect((await publishes(publisher))[0]).toBe(201)
    expect((await publishes(publisher, { name: 'landscape', prompt: renamed }))[0]).toBe(201)
    expect((await asks(key, recoloured))[0]).toBe(200)
    expect((await asks(key, renamed))[0]).toBe(400)
    const listed: unknown = await (await key.fetch(`${own}/workflows`)).json()
    expect(listed).toMatchObject([{ name: 'portrait' }])
    expect((await publishes(key, { name: 'third' }))[0]).toBe(403)
    for (const name of ['portrait', 'landscape']) expect(await withdraws(publisher, name)).toBe(204)
  })
})

it('is written down with who did it', async () => {
  await publishes(publisher)
  await withdraws(publisher, 'portrait')
  const told = await until(async () => {
    const rows = await world.store.audit.page({ from: { before: undefined }, limit: 50 })
    const kinds = rows
      .filter(({ target }) => target === 'portrait')
      .map(({ kind, actorName }) => `${actorName} ${kind}`)
    return kinds.includes('paula workflow.withdrawn') ? kinds : undefined
  })
  expect(told).toContain('paula workflow.published')
})
