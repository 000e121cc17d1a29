/** Does a real ComfyUI that breaks come back by itself, with everybody's jobs? */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { type Graph, type Listener, type Person, parseRecord, until } from '../support/person.ts'
import { findRealComfyui, noRealComfyui } from '../support/real-comfyui.ts'
import { type SupervisedComfyui, startSupervisedComfyui } from './supervised-comfyui.ts'

const timeout = 300_000
const patienceMs = 240_000
const isThere = findRealComfyui() !== undefined
if (!isThere) console.warn(noRealComfyui)

const faulty = (name: string, flag = ''): Graph => ({ '1': { class_type: name, inputs: { flag } } })
const stateOf = async (person: Person) => (await person.json('/health')).worker
const becomes = (person: Person, state: string) =>
  until(async () => ((await stateOf(person)) === state ? true : undefined), patienceMs)
const notices = (listener: Listener) =>
  listener.messages.filter(({ type }) => type === 'gatehouse_worker').map(({ data }) => data.state)

/** Once ComfyUI is there to take it. */
const queuesAtLast = (person: Person, graph: Graph, more = {}) =>
  until(() => person.queues(graph, more).catch(() => undefined), patienceMs)

async function entryOf(person: Person, id: string): Promise<Record<string, unknown>> {
  return parseRecord(await until(async () => (await person.json(`/history/${id}`))[id], patienceMs))
}

describe.skipIf(!isThere)('a real ComfyUI under the supervisor', { timeout }, () => {
  let comfyui: SupervisedComfyui
  beforeAll(async () => {
    comfyui = await startSupervisedComfyui({ job_silence: 20_000 })
  }, timeout)
  afterAll(() => comfyui?.[Symbol.asyncDispose]())

  it('that tells of its memory tells the owner, and goes on', async () => {
    const { alice, bob } = comfyui.world
    using hers = await alice.listens('tab-memory')
    const job = await alice.queues(faulty('FaultyMemory'), { client_id: 'tab-memory' })
    const told = await hers.hears(({ type }) => type === 'execution_error')
    expect(told.data).toMatchObject({ prompt_id: job.id, node_id: '1', node_type: 'FaultyMemory', traceback: [] })
    expect(String(told.data.exception_type)).toMatch(/OutOfMemoryError$/)
    expect(String(told.data.exception_message)).toContain('Allocation on device')
    const next = await bob.queues(savedPicture('after-memory'))
    expect(await entryOf(bob, next.id)).toMatchObject({ status: { status_str: 'success' } })
    expect([await stateOf(alice), comfyui.exits.length]).toEqual(['up', 0])
  })

  it('whose worker thread was ended past the door is started again, and runs what waited', async () => {
    const { alice, bob } = comfyui.world
    const before = comfyui.exits.length
    using hers = await alice.listens('tab-thread')
    const prompt = { ...savedPicture('poison'), '9': { class_type: 'LoadImage' } }
    const answer = await fetch(`${comfyui.url}/prompt`, { method: 'POST', body: JSON.stringify({ prompt }) })
    expect(answer.status).toBe(200)
    const jobs = [
      await alice.queues(savedPicture('one'), { client_id: 'tab-thread' }),
      await alice.queues(savedPicture('two'), { client_id: 'tab-thread' }),
    ]
    const other = await bob.queues(savedPicture('three'))
    await until(async () => (notices(hers).includes('lost') ? true : undefined), patienceMs)
    for (const job of jobs) expect(await entryOf(alice, job.id)).toMatchObject({ status: { status_str: 'success' } })
    expect(await entryOf(bob, other.id)).toMatchObject({ status: { status_str: 'success' } })
    expect(comfyui.exits.length - before).toBe(1)
    expect(comfyui.said).toContain('ComfyUI is ended: its worker is lost.')
    await until(async () => (notices(hers).at(-1) === 'up' ? true : undefined))
  })

  it('that is killed in the middle of a job runs that once more', async () => {
    const { alice } = comfyui.world
    const before = comfyui.exits.length
    const job = await alice.queues(faulty('FaultyKill', join(comfyui.directory, randomUUID())))
    expect(await entryOf(alice, job.id)).toMatchObject({ status: { status_str: 'success' } })
    expect(comfyui.exits.slice(before)).toMatchObject([{ signal: 'SIGKILL' }])
  })

  it('that one job kills again and again is freed of it after the second time', async () => {
    const { alice, bob } = comfyui.world
    const before = comfyui.exits.length
    using hers = await alice.listens('tab-kill')
    const job = await alice.queues(faulty('FaultyKill'), { client_id: 'tab-kill' })
    const next = await queuesAtLast(bob, savedPicture('after-kill'))
    expect(await entryOf(alice, job.id)).toMatchObject({ status: { status_str: 'error', completed: false } })
    expect(await entryOf(bob, next.id)).toMatchObject({ status: { status_str: 'success' } })
    expect(comfyui.exits.length - before).toBe(2)
    expect(hers.messages.filter(({ type }) => type === 'execution_error')).toMatchObject([
      { data: { prompt_id: job.id, exception_type: 'WorkerLost' } },
    ])
  })

  it('in which a job hangs and obeys nothing is started again without that job', async () => {
    const { alice, bob } = comfyui.world
    const before = comfyui.exits.length
    using hers = await alice.listens('tab-hang')
    const job = await queuesAtLast(alice, faulty('FaultyHang'), { client_id: 'tab-hang' })
    const next = await bob.queues(savedPicture('after-hang'))
    expect(await entryOf(alice, job.id)).toMatchObject({ status: { status_str: 'error', completed: false } })
    expect(hers.messages.filter(({ type }) => type === 'execution_error')).toMatchObject([
      { data: { prompt_id: job.id, exception_type: 'JobTimeout' } },
    ])
    expect(await entryOf(bob, next.id)).toMatchObject({ status: { status_str: 'success' } })
    await becomes(alice, 'up')
    expect(comfyui.exits.length - before).toBe(1)
    expect(comfyui.said).toContain('ComfyUI is ended: its worker is stuck.')
  })
})
