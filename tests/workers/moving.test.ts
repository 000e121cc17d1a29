/** What becomes of a tenant's jobs and files when it is placed elsewhere? */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { type Person, parseRecord, until } from '../support/person.ts'
import { createTwoWorkers, startPractice, type TwoWorkers } from '../support/two-workers.ts'
import { personWithKey } from '../support/world.ts'

type Practice = Awaited<ReturnType<typeof startPractice>>

let workers: TwoWorkers
let first: Practice
let second: Practice
let alice: Person
let bob: Person
beforeEach(async () => {
  const started: Practice[] = []
  workers = await createTwoWorkers(async () => {
    const practice = await startPractice()
    started.push(practice)
    return practice
  })
  first = started[0] ?? (await startPractice())
  second = started[1] ?? (await startPractice())
  alice = workers.world.alice
  bob = workers.world.bob
})
afterEach(() => workers[Symbol.asyncDispose]())

const stateOf = async (id: string) => (await alice.json(`/api/jobs/${id}`)).status

async function runs(id: string): Promise<void> {
  await until(async () => ((await stateOf(id)) === 'in_progress' ? true : undefined))
}

/** One that runs on the second worker for as long as that is held, and two behind it. */
async function threeOnSecond() {
  second.hold()
  const running = await alice.queues(savedPicture('running'), { client_id: 'tab' })
  await runs(running.id)
  const waiting = [await alice.queues(savedPicture('earlier')), await alice.queues(savedPicture('later'))] as const
  return { running, waiting }
}

const isOn = (worker: 'first' | 'second', name: string): boolean =>
  existsSync(join(workers[worker].baseDirectory(), 'output', alice.folderKey, name))

describe('a tenant that is placed elsewhere', () => {
  it('takes along what waits, in its order, and what runs ends where it runs', async () => {
    const { running, waiting } = await threeOnSecond()
    await workers.restart({ placement: [] })
    for (const job of waiting) await job.finishes()
    expect(await stateOf(running.id)).toBe('in_progress')
    expect([isOn('first', 'earlier_00001_.png'), isOn('second', 'earlier_00001_.png')]).toEqual([true, false])
    using tab = await alice.listens('tab')
    second.release()
    await tab.hears(({ type, data }) => type === 'execution_success' && data.prompt_id === running.id)
    await tab.hears(({ type, data }) => type === 'status' && JSON.stringify(data).includes('"queue_remaining":0'))
    expect(isOn('second', 'running_00001_.png')).toBe(true)
    const ended = Object.keys(await alice.json('/history'))
    expect(ended).toEqual([waiting[0].id, waiting[1].id, running.id])
    expect(JSON.stringify(await (await fetch(`${second.url}/queue`)).json())).not.toContain('earlier')
  })

  it('still stops what runs on the one that it has left', async () => {
    const { running } = await threeOnSecond()
    await workers.restart({ placement: [] })
    expect((await bob.post('/interrupt', { prompt_id: running.id })).status).toBe(200)
    expect(await stateOf(running.id)).toBe('in_progress')
    expect((await alice.post('/interrupt', {})).status).toBe(200)
    await until(async () => ((await stateOf(running.id)) === 'cancelled' ? true : undefined))
  })

  it('takes along what waits on a ComfyUI that does not answer', async () => {
    const { running, waiting } = await threeOnSecond()
    await second.stop()
    await workers.restart({ placement: [], partly: true })
    for (const job of waiting) await job.finishes()
    expect(await stateOf(running.id)).toBe('in_progress')
    await second.resume()
    // What ran there was lost with it, and nothing more of this tenant is sent there.
    await until(async () => ((await stateOf(running.id)) === 'failed' ? true : undefined))
    expect(isOn('second', 'earlier_00001_.png')).toBe(false)
  })

  it('leaves its files behind, and finds nothing of others in their place', async () => {
    const own = await alice.queues(savedPicture('old'))
    const entry = JSON.stringify(await own.finishes())
    const preview = /preview_[0-9a-f]+\.png/.exec(entry)?.[0] ?? ''
    expect((await alice.fetch(`/view?type=temp&filename=${preview}`)).status).toBe(200)
    // The same name of ComfyUI's own, on the other one: both count from 1.
    await (await bob.queues(savedPicture('old'))).finishes()
    await workers.restart({ placement: [] })
    expect((await alice.fetch(`/view?type=temp&filename=${preview}`)).status).toBe(404)
    expect((await alice.fetch('/view?type=output&filename=old_00001_.png')).status).toBe(404)
    expect(JSON.stringify(await alice.json(`/history/${own.id}`))).toBe(`{${JSON.stringify(own.id)}:${entry}}`)
    await workers.restart({ placement: [{ tenant: 'acme', worker: 'second' }] })
    expect((await alice.fetch('/view?type=output&filename=old_00001_.png')).status).toBe(200)
  })
})

describe('a tenant whose only person is disabled, which places it elsewhere', () => {
  it('has nothing run there of what waited', async () => {
    const { store, address } = workers.world
    await workers.restart({ placement: [{ role: 'user', worker: 'second' }] })
    first.hold()
    second.hold()
    const { id } = await bob.queues(savedPicture('running'))
    await until(async () => ((await bob.json(`/api/jobs/${id}`)).status === 'in_progress' ? true : undefined))
    await bob.queues(savedPicture('waiting'))
    const member = await store.users.findByName('bob')
    if (member === undefined) throw new Error('bob is not there')
    await store.users.setState(member.id, 'disabled')
    // Sees what is left of it, and may run nothing.
    const ben = await store.users.add({ name: 'ben', role: 'guest', passwordHash: null, tenantName: 'birch' })
    const looking = await personWithKey(store, { name: 'ben', address, folderKey: bob.folderKey }, ben)
    await until(async () => {
      const { jobs } = await looking.json('/api/jobs?status=pending,in_progress')
      return Array.isArray(jobs) && jobs.length === 0 ? true : undefined
    })
    for (const { url } of [first, second])
      expect(JSON.stringify(await (await fetch(`${url}/queue`)).json())).not.toContain('waiting')
  })
})

describe('a worker that is taken out of the configuration', () => {
  it('loses what ran on it, with a reason, and hands over what waited', async () => {
    const { running, waiting } = await threeOnSecond()
    workers.forget()
    await workers.restart({ placement: [], workers: [] })
    for (const job of waiting) await job.finishes()
    const lost = parseRecord((await alice.json(`/history/${running.id}`))[running.id])
    expect(lost.status).toMatchObject({ status_str: 'error', completed: false })
    expect(JSON.stringify(lost)).toContain('taken out of the configuration')
    expect(await stateOf(running.id)).toBe('failed')
    second.release()
    expect(workers.heardBy(workers.second)).toEqual([])
  })
})
