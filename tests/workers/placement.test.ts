/** Who is on which worker, and what happens when nobody can say? */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RoleName } from '../../shared/src/roles.ts'
import { startPracticeComfyui } from '../practice-comfyui/start.ts'
import { savedPicture } from '../support/graphs.ts'
import { type Person, until } from '../support/person.ts'
import { createTwoWorkers, startPractice, type TwoWorkers } from '../support/two-workers.ts'
import { createWorld } from '../support/world.ts'

let workers: TwoWorkers
beforeEach(async () => {
  workers = await createTwoWorkers(startPractice)
})
afterEach(() => workers[Symbol.asyncDispose]())

/** Runs something, and tells which worker was sent it. */
async function placeOf(person: Person): Promise<'first' | 'second'> {
  workers.forget()
  await (await person.queues(savedPicture('where'))).finishes()
  const [first, second] = [workers.first, workers.second].map((heard) => workers.heardBy(heard).length > 0)
  expect(first).not.toBe(second)
  return first === true ? 'first' : 'second'
}

async function changes(name: string, role: RoleName): Promise<void> {
  const { users } = workers.world.store
  const member = await users.findByName(name)
  if (member === undefined) throw new Error(`no ${name}`)
  await users.setRole(member.id, role)
}

const codeOf = async (person: Person, path: string) => (await person.fetch(path)).headers.get('x-gatehouse-error')
const isSplit = (person: Person) => async () =>
  (await codeOf(person, '/object_info')) === 'tenant_split' ? true : undefined
const isWhole = (person: Person) => async () => ((await person.fetch('/object_info')).status === 200 ? true : undefined)

describe('a role with a worker of its own', () => {
  it('places the tenants whose people all hold it, and a tenant of its own pin beats it', async () => {
    const { alice, bob } = workers.world
    await changes('bob', 'power')
    await workers.restart({ placement: [{ role: 'power', worker: 'second' }] })
    expect([await placeOf(alice), await placeOf(bob)]).toEqual(['first', 'second'])
    await workers.restart({
      placement: [
        { role: 'power', worker: 'second' },
        { tenant: 'birch', worker: 'default' },
      ],
    })
    expect(await placeOf(bob)).toBe('first')
  })

  it('is followed while the sidecar runs, with what waits', async () => {
    const { bob } = workers.world
    await workers.restart({ placement: [{ role: 'power', worker: 'second' }] })
    expect(await placeOf(bob)).toBe('first')
    workers.first.hold?.()
    const running = await bob.queues(savedPicture('running'))
    const waiting = await bob.queues(savedPicture('waiting'))
    await changes('bob', 'power')
    await waiting.finishes()
    workers.first.release?.()
    await running.finishes()
    expect(await placeOf(bob)).toBe('second')
  })

  it('shuts a tenant out whose people lead to several workers, until somebody decides', async () => {
    const { alice, ann, bob, store } = workers.world
    await workers.restart({ placement: [{ role: 'power', worker: 'second' }] })
    expect(await placeOf(alice)).toBe('first')
    await changes('ann', 'power')
    for (const person of [alice, ann]) await until(isSplit(person))
    workers.forget()
    expect((await alice.post('/prompt', { prompt: savedPicture('x') })).status).toBe(503)
    expect((await alice.uploads('x.png', new Uint8Array([1]))).status).toBe(503)
    await expect(alice.listens()).rejects.toThrow('503')
    expect((await alice.fetch('/health')).status).toBe(200)
    expect((await alice.fetch('/gatehouse/api/v1/me')).status).toBe(200)
    expect([...workers.heardBy(workers.first), ...workers.heardBy(workers.second)]).toEqual([])
    expect((await bob.fetch('/object_info')).status).toBe(200)
    await changes('alice', 'power')
    await until(isWhole(alice))
    expect([await placeOf(alice), await placeOf(ann)]).toEqual(['second', 'second'])
    await store.users.add({ name: 'newcomer', role: 'guest', passwordHash: null, tenantName: 'acme' })
    await until(isSplit(alice))
    await workers.restart({
      placement: [
        { role: 'power', worker: 'second' },
        { tenant: 'acme', worker: 'default' },
      ],
    })
    expect(await placeOf(alice)).toBe('first')
  })
})

describe('a placement', () => {
  it('of a tenant that does not exist is a mistake at the start, with its cure', async () => {
    const start = workers.restart({ placement: [{ tenant: 'acne', worker: 'second' }] })
    await expect(start).rejects.toThrow('placement.0.tenant: there is no tenant called acne')
    await workers.restart({ placement: [] })
  })

  it('finds a tenant however its name is written', async () => {
    await workers.restart({ placement: [{ tenant: ' ACME ', worker: 'second' }] })
    expect(await placeOf(workers.world.alice)).toBe('second')
  })
})

it('a worker behind its own guard is proven with its own secret', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-secret-'))
  const file = join(folder, 'secret')
  writeFileSync(file, 'secret of the second worker\n')
  await using guarded = await startPracticeComfyui({ guardSecret: 'secret of the second worker', recordRequests: true })
  const further = { name: 'guarded', url: guarded.url, guard_secret_file: file }
  await using world = await createWorld({
    guardSecret: 'secret of the first worker',
    config: (config) => ({ ...config, workers: [further] }),
  })
  const state = async () => (await world.olga.json('/health')).workers
  await until(async () => (JSON.stringify(await state()) === '{"default":"up","guarded":"up"}' ? true : undefined))
  const sent = (requests: typeof guarded.requests) =>
    new Set(requests.map(({ headers }) => headers['x-gatehouse-guard']))
  expect(sent(guarded.requests.filter(({ url }) => url.startsWith('/ws')))).toEqual(
    new Set(['secret of the second worker']),
  )
  expect([...sent(world.practice.requests)]).not.toContain('secret of the second worker')
  rmSync(folder, { recursive: true })
})
