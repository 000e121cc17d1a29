import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cannotTell, findsNothingOf } from '../support/verdicts.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  const saved = await world.alice.post('/userdata/workflows%2Fplan.json?overwrite=false&full_info=true', {
    nodes: ['secret plan'],
  })
  expect(saved.status).toBe(200)
})
afterAll(() => world[Symbol.asyncDispose]())

const listings = [
  '/userdata?dir=workflows',
  '/userdata?dir=workflows&recurse=true&full_info=true',
  '/userdata?dir=.',
  '/v2/userdata',
  '/v2/userdata?path=workflows',
]

describe('saved files belong to the tenant', () => {
  it('and are read by everybody in it', async () => {
    for (const person of [world.alice, world.ann]) {
      expect(await (await person.fetch('/userdata/workflows%2Fplan.json')).json()).toEqual({ nodes: ['secret plan'] })
      expect(await (await person.fetch('/userdata?dir=workflows')).json()).toEqual(['plan.json'])
    }
  })

  it('and nobody else can tell that they exist', async () => {
    const probes = [
      { path: '/userdata/workflows%2F{id}' },
      { method: 'DELETE', path: '/userdata/workflows%2F{id}' },
      { method: 'POST', path: '/userdata/workflows%2F{id}/move/stolen.json' },
    ]
    for (const probe of probes) await cannotTell(world, world.bob, probe, 'plan.json', 'none.json')
    await findsNothingOf(world.bob, ['plan', 'secret'], listings)
    expect((await world.alice.fetch('/userdata/workflows%2Fplan.json')).status).toBe(200)
  })

  it.each([
    '..%2F..%2F{key}%2Fuserdata%2Fworkflows%2Fplan.json',
    '%252e%252e%252f{key}%252fuserdata%252fworkflows%252fplan.json',
    '..%255c{key}',
    '%2Fetc%2Fpasswd',
    'x%00y',
    '..%2F',
  ])('and no spelling of the path %s reaches another tenant', async (spelling) => {
    const path = `/userdata/${spelling.replaceAll('{key}', world.alice.folderKey)}`
    for (const method of ['GET', 'DELETE', 'POST']) {
      const answer = await world.bob.fetch(path, { method, ...(method === 'POST' ? { body: '{}' } : {}) })
      expect(answer.status, `${method} ${path}`).toBeGreaterThanOrEqual(400)
      expect(await answer.text()).not.toContain('secret plan')
    }
  })

  it('and never reach ComfyUI', () => {
    expect(world.practice.requests.filter(({ url }) => url.includes('userdata') || url.includes('/settings'))).toEqual(
      [],
    )
  })
})

describe('settings belong to the user', () => {
  it('and not even those of the same tenant share them', async () => {
    await world.alice.post('/settings/Comfy.ColorPalette', 'midnight')
    expect(await (await world.alice.fetch('/settings/Comfy.ColorPalette')).json()).toBe('midnight')
    for (const person of [world.ann, world.bob]) {
      expect(await (await person.fetch('/settings/Comfy.ColorPalette')).json()).toBeNull()
      expect(JSON.stringify(await person.json('/settings'))).not.toContain('midnight')
    }
  })

  it('and the list of users names nobody', async () => {
    expect(await world.bob.json('/users')).toEqual({ storage: 'server', migrated: true })
    expect((await world.bob.post('/users', { username: 'eve' })).status).toBe(400)
  })

  it('and a Comfy-User header changes nothing', async () => {
    const answer = await world.bob.fetch('/settings/Comfy.ColorPalette', { headers: { 'comfy-user': 'alice' } })
    expect(await answer.json()).toBeNull()
  })
})

describe('one shared world behind the login', () => {
  it('is another world than the separate ones', async () => {
    await using common = await createWorld({ config: (config) => ({ ...config, tenancy: { mode: 'shared' } }) })
    await common.alice.post('/userdata/workflows%2Fours.json', {})
    expect(await (await common.bob.fetch('/userdata?dir=workflows')).json()).toEqual(['ours.json'])
    expect((await common.mallory.fetch('/userdata?dir=workflows')).status).toBe(401)
  })
})
