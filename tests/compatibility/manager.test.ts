/** Is ComfyUI-Manager, which runs code on the server, for owners only? Every route that a real one registers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../support/world.ts'
import { findManagers, type ManagerWorld, noManager, startWithManager } from './manager-world.ts'

const managers = findManagers()
if (managers.length === 0) {
  console.warn(noManager)
  it.skip(noManager)
}
const startTimeoutMs = 200_000

describe.skipIf(managers.length === 0).each(managers)('$name', (generation) => {
  let manager: ManagerWorld
  let world: World
  beforeAll(async () => {
    manager = await startWithManager(generation)
    world = await createWorld({ comfyuiUrl: manager.proxy.url })
  }, startTimeoutMs)
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    await manager?.[Symbol.asyncDispose]()
  })

  const asked = () =>
    manager.routes
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, path }) => ({ method, path: path.replaceAll(/\{[^}]*\}/g, 'x') }))

  it('registers routes, with and without /api', () => {
    expect(asked().length).toBeGreaterThan(30)
    expect(asked().filter(({ path }) => path.startsWith('/api/')).length).toBeGreaterThan(15)
  })

  it('answers nobody but owners, on none of its routes, and hears nothing of them', async () => {
    manager.proxy.forgetRequests()
    const answers = new Set<string>()
    for (const { method, path } of asked()) {
      for (const person of [world.alice, world.bob]) {
        const answer = await person.fetch(path, { method, ...(method === 'GET' ? {} : { body: '{}' }) })
        answers.add(`${answer.status} ${answer.status < 400 ? path : ''}`)
        await answer.body?.cancel()
      }
      const stranger = await world.mallory.fetch(path, { method })
      expect(stranger.status, path).toBe(401)
      await stranger.body?.cancel()
    }
    expect([...answers]).toEqual(['404 '])
    expect(manager.proxy.requests.map(({ url }) => url)).toEqual([])
  })

  it('answers an owner', async () => {
    const version = asked().find(({ path }) => /^(\/v2)?\/manager\/version$/.test(path))
    const answer = await world.olga.fetch(version?.path ?? '')
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/\d+\.\d+/)])
  })

  it('is passed every one of them from an owner', async () => {
    // Asked of a stand-in: some restart the server, and old ones do so on a GET.
    await using practice = await createWorld()
    for (const { method, path } of asked()) {
      practice.practice.forgetRequests()
      await (await practice.olga.fetch(path, { method, ...(method === 'GET' ? {} : { body: '{}' }) })).body?.cancel()
      const heard = practice.practice.requests.map((request) => `${request.method} ${request.url}`)
      expect(heard, `${method} ${path}`).toEqual([`${method} ${path}`])
    }
  })

  it('is told to owners as a feature, and as missing to everybody else', async () => {
    const toldTo = async (person: World['alice']) => JSON.stringify((await person.json('/features')).extension ?? {})
    expect(await toldTo(world.alice)).not.toContain('"supports_v4":true')
    const plain: unknown = await (await fetch(`${manager.proxy.url}/features`)).json()
    const itself = JSON.stringify(Object(plain).extension ?? {})
    expect(await toldTo(world.olga)).toBe(itself)
  })
})
