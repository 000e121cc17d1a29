/** What happens when ComfyUI answers and runs nothing? Its owners are told, nothing is lost, and one job cannot do it for ever. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { type Listener, type Message, type Person, until } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'

const timeout = 60_000

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const about = (state: string) => (message: Message) =>
  message.type === 'gatehouse_worker' && message.data.state === state
const notices = (listener: Listener) =>
  listener.messages.filter(({ type }) => type === 'gatehouse_worker').map(({ data }) => data.state)
const workerOf = async (person: Person) => (await person.json('/health')).worker

async function runs(person: Person, id: string): Promise<void> {
  await until(async () => {
    const { queue_running } = await person.json('/queue')
    return JSON.stringify(queue_running).includes(id) ? true : undefined
  })
}

/** Past Gatehouse, as somebody at ComfyUI's own port could: it is accepted, and ends the thread (comfyui-surface 3.5). */
async function poison(): Promise<void> {
  const prompt = { ...savedPicture('poison'), '9': { class_type: 'LoadImage' } }
  const answer = await fetch(`${world.practice.url}/prompt`, { method: 'POST', body: JSON.stringify({ prompt }) })
  expect(answer.status).toBe(200)
}

describe('a worker whose thread has ended', { timeout }, () => {
  it('is told to those who have jobs, and these run once ComfyUI was restarted', async () => {
    const { alice, bob, olga, practice } = world
    using hers = await alice.listens('tab-a')
    using his = await bob.listens('tab-b')
    using idle = await olga.listens('tab-o')
    practice.hold()
    const running = await alice.queues(savedPicture('running'), { client_id: 'tab-a' })
    const waiting = await bob.queues(savedPicture('waiting'), { client_id: 'tab-b' })
    await runs(alice, running.id)
    expect(await workerOf(alice)).toBe('up')
    practice.killWorker()
    for (const tab of [hers, his])
      expect(String((await tab.hears(about('lost'))).data.message)).toMatch(/^ComfyUI's worker has stopped\./)
    expect(await workerOf(alice)).toBe('lost')
    expect(await world.mallory.json('/health')).toEqual({ status: 'ok' })
    await practice.restart()
    for (const tab of [hers, his]) await tab.hears(about('up'))
    for (const job of [running, waiting])
      expect(await job.finishes()).toMatchObject({ status: { status_str: 'success' } })
    expect(await workerOf(alice)).toBe('up')
    expect(notices(idle)).toEqual([])
    expect([notices(hers), notices(his)]).toEqual([
      ['lost', 'up'],
      ['lost', 'up'],
    ])
  })

  it('is told to whoever queues a job or opens a page later', async () => {
    await poison()
    using hers = await world.alice.listens('tab-a')
    const job = await world.alice.queues(savedPicture('later'), { client_id: 'tab-a' })
    await hers.hears(about('lost'))
    using another = await world.alice.listens('tab-b')
    await another.hears(about('lost'))
    await world.practice.restart()
    await job.finishes()
    await another.hears(about('up'))
  })

  it('because of one job costs only that job, the second time', async () => {
    const { alice, bob, practice } = world
    using hers = await alice.listens('tab-a')
    practice.hold()
    const poisoned = await alice.queues(savedPicture('poisoned'), { client_id: 'tab-a' })
    const other = await bob.queues(savedPicture('other'))
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await runs(alice, poisoned.id)
      practice.killWorker()
      await until(async () => ((await workerOf(alice)) === 'lost' ? true : undefined))
      // A new process holds nothing back; what it is given is up to the ledger.
      await practice.restart()
      practice.hold()
      await until(async () => ((await workerOf(alice)) === 'up' ? true : undefined))
    }
    const end = await hers.hears(({ type }) => type === 'execution_error')
    expect(end.data).toMatchObject({ prompt_id: poisoned.id, exception_type: 'WorkerLost' })
    practice.release()
    expect(await poisoned.finishes()).toMatchObject({ status: { status_str: 'error', completed: false } })
    expect(await other.finishes()).toMatchObject({ status: { status_str: 'success' } })
  })
})

describe('a process that is gone', { timeout }, () => {
  it('is told to those who have jobs, when it does not come back at once', async () => {
    const { alice, practice } = world
    using hers = await alice.listens('tab-a')
    practice.hold()
    const job = await alice.queues(savedPicture('kept'), { client_id: 'tab-a' })
    await runs(alice, job.id)
    await practice.stop()
    await hers.hears(about('down'))
    expect(await workerOf(alice)).toBe('down')
    await practice.resume()
    await hers.hears(about('up'))
    expect(await job.finishes()).toMatchObject({ status: { status_str: 'success' } })
  })
})

describe('a job of which nothing is heard', { timeout }, () => {
  it('is ended after its time, and the next one runs', async () => {
    await world[Symbol.asyncDispose]()
    world = await createWorld({ config: (config) => ({ ...config, limits: { ...config.limits, job_silence: 100 } }) })
    const { alice, bob, practice } = world
    using hers = await alice.listens('tab-a')
    practice.hold()
    const hanging = await alice.queues(savedPicture('hanging'), { client_id: 'tab-a' })
    await runs(alice, hanging.id)
    const next = await bob.queues(savedPicture('next'))
    const error = await hers.hears(({ type }) => type === 'execution_error')
    expect(error.data).toMatchObject({
      prompt_id: hanging.id,
      exception_type: 'JobTimeout',
      exception_message: expect.stringMatching(/^ComfyUI told nothing of this job for .* was ended\.$/),
    })
    practice.release()
    const messages = expect.arrayContaining([['execution_error', expect.objectContaining(error.data)]])
    expect(await hanging.finishes()).toMatchObject({ status: { status_str: 'error', messages } })
    expect(await alice.json(`/api/jobs/${hanging.id}`)).toMatchObject({ status: 'failed' })
    expect(await next.finishes()).toMatchObject({ status: { status_str: 'success' } })
  })
})

describe('a job that runs longer than its role allows', { timeout }, () => {
  it('is ended with a sentence, as the file says now, and leaves those of other roles running', async () => {
    await world[Symbol.asyncDispose]()
    world = await createWorld({
      config: (config) => ({ ...config, roles: { ...config.roles, user: { limits: { job_time: 100 } } } }),
    })
    const { alice, olga, practice } = world
    using hers = await alice.listens('tab-a')
    practice.hold()
    const long = await alice.queues(savedPicture('long'), { client_id: 'tab-a' })
    const next = await olga.queues(savedPicture('next'))
    const error = await hers.hears(({ type }) => type === 'execution_error')
    expect(error.data).toMatchObject({
      prompt_id: long.id,
      exception_message: expect.stringMatching(
        /^This job ran longer than the .* that your role allows\. It was ended\.$/,
      ),
    })
    expect(await long.finishes()).toMatchObject({ status: { status_str: 'error' } })
    await runs(olga, next.id)
    practice.release()
    expect(await next.finishes()).toMatchObject({ status: { status_str: 'success' } })
  })
})
