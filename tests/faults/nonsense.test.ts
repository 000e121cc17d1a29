/** What do people hear when ComfyUI answers nonsense, on every route that the sidecar asks? That ComfyUI is at fault, and no more. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { onePixel, savedPicture } from '../support/graphs.ts'
import { parseRecord, until } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'
import { type Fault, type FaultyComfyui, startFaultyComfyui } from './faulty-comfyui.ts'
import { navigate } from './navigate.ts'

let faulty: FaultyComfyui
let world: World
beforeAll(async () => {
  faulty = await startFaultyComfyui()
  world = await createWorld({ comfyuiUrl: faulty.url })
  faulty.target = world.practice.url
  await isReady()
})
afterEach(() => {
  faulty.fault = () => undefined
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await faulty[Symbol.asyncDispose]()
})

async function isReady(): Promise<void> {
  await until(async () => ((await world.olga.fetch('/ready')).status === 200 ? true : undefined))
}

async function blamesComfyui(answer: Response): Promise<void> {
  expect(answer.status).toBe(503)
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  expect(parseRecord(await answer.json())).toMatchObject({
    error: { type: 'comfyui_down', message: expect.stringMatching(/^ComfyUI .*\. .*operator\.$/), details: '' },
    node_errors: {},
  })
}

const faults: readonly Fault[] = ['html', 'brokenJson', 'wrongShape', 'error500', 'hangUp', 'cut']

/** Every path whose answer the sidecar reads before it passes anything on. */
const read = [
  '/object_info',
  '/system_stats',
  '/features',
  '/models',
  '/models/checkpoints',
  '/embeddings',
  '/experiment/models',
  '/experiment/models/checkpoints',
  '/extensions',
  '/i18n',
  '/workflow_templates',
  '/node_replacements',
  '/global_subgraphs',
]

describe.each(faults)('a ComfyUI that answers with %s', (fault) => {
  it('is named as the one at fault on every route that is read', async () => {
    for (const path of read) {
      await world.practice.restart()
      faulty.fault = (_method, at) => (at === path ? fault : undefined)
      const before = faulty.spoilt.length
      const answer = await until(async () => {
        const tried = await world.olga.fetch(path)
        // Until the restart is noticed, the answer of before may still be believed.
        return faulty.spoilt.length > before ? tried : undefined
      })
      await blamesComfyui(answer)
    }
  })

  it('gets people who open the page a waiting page, which tries again by itself', async () => {
    faulty.fault = (_method, at) => (at === '/' ? fault : undefined)
    const page = await navigate(world.address, world.olga)
    if (fault === 'html') {
      // Nobody can tell one page from another; it is shown as it came, with the script in front.
      expect(page).toMatchObject({ status: 200, body: expect.stringContaining('Welcome to nginx') })
      return
    }
    expect(page).toMatchObject({ status: 503, headers: { 'retry-after': '3', 'cache-control': 'no-store' } })
    expect(page.headers['content-type']).toMatch(/^text\/html/)
    expect(page.body).toMatch(/<title>[^<]*Gatehouse/)
  })

  it('has no job queued that it did not take, and none that it did take run unseen', async () => {
    faulty.fault = (method, at) => (method === 'POST' && at === '/prompt' ? fault : undefined)
    const answer = await world.alice.post('/prompt', { prompt: savedPicture('never') })
    expect(answer.status).toBe(fault === 'error500' ? 500 : 503)
    const { error } = parseRecord(await answer.json())
    expect(parseRecord(error).message).toMatch(/ComfyUI/)
    faulty.fault = () => undefined
    expect(await world.alice.json('/queue')).toEqual({ queue_running: [], queue_pending: [] })
    const job = await world.alice.queues(savedPicture(`after-${fault}`))
    expect(await job.finishes()).toMatchObject({ status: { status_str: 'success' } })
    expect(Object.keys(await world.alice.json('/history'))).not.toContain('never')
  })

  it('spoils no upload silently', async () => {
    faulty.fault = (_method, at) => (at === '/upload/image' ? fault : undefined)
    await blamesComfyui(await world.alice.uploads(`${fault}.png`, onePixel))
    faulty.fault = () => undefined
    expect((await world.alice.uploads(`${fault}.png`, onePixel, { overwrite: 'true' })).status).toBe(200)
    expect((await world.alice.fetch(`/view?filename=${fault}.png&type=input`)).status).toBe(200)
  })
})

describe('a ComfyUI that cannot say what it holds', () => {
  it.each(['html', 'error500', 'hangUp'] as const)('loses no job (%s)', async (fault) => {
    world.practice.hold()
    const job = await world.alice.queues(savedPicture(`held-${fault}`))
    faulty.fault = (_method, at) => (at === '/queue' || at.startsWith('/history') ? fault : undefined)
    const before = faulty.spoilt.length
    await world.practice.restart()
    // The link is back, the ledger asks what became of the job, and hears nonsense.
    await until(async () => (faulty.spoilt.length > before + 1 ? true : undefined))
    expect(JSON.stringify(await world.alice.json('/queue'))).toContain(job.id)
    faulty.fault = () => undefined
    expect(await job.finishes()).toMatchObject({ status: { status_str: 'success' } })
  })
})

describe('a ComfyUI that sends a picture half-way', () => {
  it.each(['hangUp', 'cut'] as const)('is not made to look whole (%s)', async (fault) => {
    const job = await world.alice.queues(savedPicture(`half-${fault}`))
    await job.finishes()
    faulty.fault = (_method, at) => (at === '/view' ? fault : undefined)
    const look = async () => (await world.alice.fetch(`/view?filename=half-${fault}_00001_.png`)).arrayBuffer()
    if (fault === 'cut') await expect(look()).rejects.toThrow(/terminated/)
    else await blamesComfyui(await world.alice.fetch(`/view?filename=half-${fault}_00001_.png`))
  })
})
