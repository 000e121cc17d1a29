/** What happens while ComfyUI is down, slow or restarted? Everybody is told clearly, and what was accepted is kept. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { type Person, parseRecord, until } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'
import { type FaultyComfyui, startFaultyComfyui } from './faulty-comfyui.ts'
import { navigate } from './navigate.ts'

const comfyuiState = async (person: Person) => (await person.json('/ready')).comfyui

async function becomes(person: Person, state: 'up' | 'down'): Promise<void> {
  await until(async () => ((await comfyuiState(person)) === state ? true : undefined))
}

/** Needs ComfyUI; the sidecar has nothing of its own to say. */
const needing: readonly (readonly [string, RequestInit?])[] = [
  ['/object_info'],
  ['/system_stats'],
  ['/api/models'],
  ['/view?filename=a.png'],
  ['/prompt', { method: 'POST', body: JSON.stringify({ prompt: savedPicture('x') }) }],
  ['/upload/image', { method: 'POST', body: formWithFile() }],
]
/** Served from Gatehouse's own books. */
const own = ['/queue', '/history', '/prompt', '/api/jobs', '/settings', '/users', '/health']

function formWithFile(): FormData {
  const form = new FormData()
  form.append('image', new Blob(['x']), 'x.png')
  return form
}

async function everybodyIsTold({ alice, address }: World): Promise<void> {
  for (const [path, init] of needing) {
    const answer = await alice.fetch(path, init)
    expect(answer.status, path).toBe(503)
    const body = parseRecord(await answer.json())
    expect(body, path).toMatchObject({ error: { type: 'comfyui_down', message: expect.any(String) }, node_errors: {} })
  }
  for (const path of own) expect((await alice.fetch(path)).status, path).toBe(200)
  const saved = await alice.fetch('/userdata/open-graph.json?overwrite=true', { method: 'POST', body: '{}' })
  expect(saved.status).toBe(200)
  const page = await navigate(address, alice)
  expect(page).toMatchObject({ status: 503, headers: { 'retry-after': '3', 'cache-control': 'no-store' } })
  expect(page.body).toContain('<title>ComfyUI is starting - Gatehouse</title>')
}

describe('a ComfyUI that is down', () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld()
    await becomes(world.alice, 'up')
  })
  afterEach(() => world[Symbol.asyncDispose]())

  it('at the start of the sidecar is waited for', async () => {
    await world.practice.stop()
    await world.restartSidecar()
    await becomes(world.alice, 'down')
    await everybodyIsTold(world)
    await world.practice.resume()
    await becomes(world.alice, 'up')
    await (await world.alice.queues(savedPicture('first'))).finishes()
  })

  it('later takes no accepted job and no open tab along', async () => {
    const { alice, practice } = world
    practice.hold()
    const running = await alice.queues(savedPicture('running'))
    const waiting = await alice.queues(savedPicture('waiting'), { client_id: 'tab-1' })
    using tab = await alice.listens('tab-1')
    await practice.stop()
    await becomes(alice, 'down')
    await everybodyIsTold(world)
    const queue = JSON.stringify(await alice.json('/queue'))
    expect(queue).toContain(running.id)
    expect(queue).toContain(waiting.id)
    await practice.resume()
    await waiting.finishes()
    await running.finishes()
    expect(tab.socket.readyState).toBe(tab.socket.OPEN)
    await tab.hears(({ type, data }) => type === 'execution_success' && data.prompt_id === waiting.id)
  })

  it('gets an accepted job once more when it also went down with the sidecar', async () => {
    const { alice, practice } = world
    practice.hold()
    const job = await alice.queues(savedPicture('survivor'))
    await practice.stop()
    await world.restartSidecar()
    expect(JSON.stringify(await alice.json('/queue'))).toContain(job.id)
    await practice.resume()
    expect(await job.finishes()).toMatchObject({ status: { status_str: 'success' } })
  })

  it.each([true, false])('and restarted (queue lost: %s) runs each accepted job once', async (loseQueue) => {
    const { alice, bob, practice } = world
    practice.hold()
    const jobs = [
      await alice.queues(savedPicture('one')),
      await bob.queues(savedPicture('two')),
      await alice.queues(savedPicture('three')),
    ]
    await practice.restart({ loseQueue })
    practice.release()
    for (const job of jobs) expect(await job.finishes()).toMatchObject({ status: { status_str: 'success' } })
    for (const [person, name] of [
      [alice, 'one'],
      [bob, 'two'],
      [alice, 'three'],
    ] as const) {
      expect((await person.fetch(`/view?filename=${name}_00001_.png`)).status).toBe(200)
      expect((await person.fetch(`/view?filename=${name}_00002_.png`)).status).toBe(404)
    }
  })
})

describe('a ComfyUI that never answers', () => {
  let faulty: FaultyComfyui
  let world: World
  beforeAll(async () => {
    faulty = await startFaultyComfyui()
    world = await createWorld({ comfyuiUrl: faulty.url })
    faulty.target = world.practice.url
    await becomes(world.alice, 'up')
    faulty.fault = () => 'silence'
  })
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
    await faulty[Symbol.asyncDispose]()
  })

  it('gets whoever opens the page the waiting page soon, and keeps nobody from the rest', async () => {
    const page = navigate(world.address, world.alice)
    for (const path of own) expect((await world.bob.fetch(path)).status, path).toBe(200)
    expect(await page).toMatchObject({ status: 503, headers: { 'retry-after': '3' } })
  })

  it('is not asked on behalf of a client that has gone', async () => {
    const before = faulty.pending()
    const gone = new AbortController()
    const asked = world.alice.fetch('/view?filename=a.png', { signal: gone.signal })
    await until(async () => (faulty.pending() > before ? true : undefined))
    gone.abort()
    await expect(asked).rejects.toThrow(/abort/)
    await until(async () => (faulty.pending() === before ? true : undefined))
  })
})
