/** What holds when a tenant has a ComfyUI of its own? Told in front of two practice ones, and in front of two real ones. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { navigate } from '../faults/navigate.ts'
import { onePixel, savedPicture } from '../support/graphs.ts'
import { type Graph, type Person, parseRecord } from '../support/person.ts'
import { comfyuiIs, createTwoWorkers, type Heard, type TwoWorkers } from '../support/two-workers.ts'

/** Starts, and starts again, of a real ComfyUI on a busy machine. */
const patienceMs = 400_000

/** Loads an own picture, saves it and previews it. */
function copied(image: string, prefix: string): Graph {
  return {
    '1': { class_type: 'LoadImage', inputs: { image } },
    '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: prefix } },
    '3': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  }
}

/** Uploads, runs, listens, looks and asks: everything that needs a ComfyUI. Answers the own name of the preview. */
async function worksFor(person: Person, mark: string): Promise<string> {
  expect((await person.uploads(`${mark}.png`, onePixel)).status).toBe(200)
  using tab = await person.listens(`tab-of-${mark}`)
  const job = await person.queues(copied(`${mark}.png`, mark), { client_id: `tab-of-${mark}` })
  await tab.hears(({ type, data }) => type === 'execution_success' && data.prompt_id === job.id)
  const preview = tab.messages.find(({ type, data }) => type === 'executed' && data.node === '3')?.data
  const outputs = JSON.stringify(await job.finishes())
  expect(outputs).toContain(`${mark}_00001_.png`)
  for (const path of [
    `/view?filename=${mark}.png&type=input`,
    `/view?filename=${mark}_00001_.png&type=output`,
    '/object_info/LoadImage',
    '/system_stats',
    '/embeddings',
    '/api/jobs',
  ])
    expect((await person.fetch(path)).status, path).toBe(200)
  expect((await person.json('/object_info/LoadImage')).LoadImage).toBeDefined()
  return parsePreview(preview)
}

function parsePreview(data: Record<string, unknown> | undefined): string {
  const { images } = parseRecord(data?.output)
  return String(parseRecord(Array.isArray(images) ? images[0] : undefined).filename)
}

export function tellTwoWorkers(start: () => Promise<Heard>): void {
  let workers: TwoWorkers
  beforeAll(async () => {
    workers = await createTwoWorkers(start)
  }, patienceMs)
  afterAll(() => workers?.[Symbol.asyncDispose](), patienceMs)

  describe('a tenant with a ComfyUI of its own', () => {
    it('sends nothing to the other one, and hears nothing of it', async () => {
      const { alice } = workers.world
      workers.forget()
      await worksFor(alice, 'acme-picture')
      expect(workers.heardBy(workers.first)).toEqual([])
      expect(workers.heardBy(workers.second).some((text) => text.includes('POST /prompt'))).toBe(true)
    })

    it('gets nothing of those who share the default one', async () => {
      const { bob } = workers.world
      workers.forget()
      await worksFor(bob, 'birch-picture')
      expect(workers.heardBy(workers.second)).toEqual([])
      expect(workers.heardBy(workers.first).some((text) => text.includes('POST /prompt'))).toBe(true)
    })

    it('has its files on the disk of its own alone', () => {
      const { alice, bob } = workers.world
      const places = [workers.first, workers.second].map((heard) => heard.baseDirectory())
      for (const [person, mark, home] of [
        [alice, 'acme-picture', 1],
        [bob, 'birch-picture', 0],
      ] as const) {
        for (const folder of ['input', 'output']) {
          const found = places.map((place) => existsSync(join(place, folder, person.folderKey)))
          expect(found, `${mark} in ${folder}`).toEqual([home === 0, home === 1])
        }
      }
    })

    it('does not see a preview of the same name on the other one', async () => {
      const { alice, bob } = workers.world
      const own = await worksFor(alice, 'acme-preview')
      const foreign = await worksFor(bob, 'birch-preview')
      expect((await alice.fetch(`/view?filename=${own}&type=temp`)).status).toBe(200)
      expect((await bob.fetch(`/view?filename=${foreign}&type=temp`)).status).toBe(200)
      expect((await alice.fetch(`/view?filename=${foreign}&type=temp`)).status).toBe(404)
      expect((await bob.fetch(`/view?filename=${own}&type=temp`)).status).toBe(404)
    })

    it('gets its own page and its own static files', async () => {
      const { alice, bob, address } = workers.world
      workers.forget()
      expect((await navigate(address, alice)).status).toBe(200)
      expect((await alice.fetch('/extensions')).status).toBe(200)
      expect(workers.heardBy(workers.second).some((text) => text.startsWith('GET /extensions'))).toBe(true)
      expect(workers.heardBy(workers.first)).toEqual([])
      workers.forget()
      expect((await navigate(address, bob)).status).toBe(200)
      expect((await bob.fetch('/extensions')).status).toBe(200)
      expect(workers.heardBy(workers.second)).toEqual([])
    })

    it('keeps its jobs and history when the sidecar is restarted', async () => {
      const { alice, bob } = workers.world
      const before = JSON.stringify(await alice.json('/history'))
      await workers.restart()
      expect(JSON.stringify(await alice.json('/history'))).toBe(before)
      workers.forget()
      await worksFor(alice, 'acme-after')
      expect(workers.heardBy(workers.first)).toEqual([])
      workers.forget()
      await worksFor(bob, 'birch-after')
      expect(workers.heardBy(workers.second)).toEqual([])
    })
  })

  describe('a ComfyUI that ends', () => {
    it(
      'takes along only those who are placed on it',
      async () => {
        const { alice, bob, olga, address } = workers.world
        await workers.second.stop()
        await comfyuiIs(olga, 'partly')
        expect((await olga.fetch('/ready')).status).toBe(200)
        expect((await olga.json('/health')).workers).toMatchObject({ default: 'up', second: 'down' })
        expect(await alice.json('/health')).toMatchObject({ worker: 'down' })
        expect((await alice.json('/health')).workers).toBeUndefined()
        expect(await navigate(address, alice)).toMatchObject({ status: 503, headers: { 'retry-after': '3' } })
        expect((await alice.post('/prompt', { prompt: savedPicture('lost') })).status).toBe(503)
        expect((await alice.fetch('/history')).status).toBe(200)
        await worksFor(bob, 'birch-alone')
        await workers.second.resume()
        await comfyuiIs(olga, 'up')
        await worksFor(alice, 'acme-again')
        expect((await olga.json('/health')).workers).toEqual({ default: 'up', second: 'up' })
      },
      patienceMs,
    )

    it(
      'and is the default one leaves the tenant with its own at work',
      async () => {
        const { alice, bob, olga, address } = workers.world
        await workers.first.stop()
        await comfyuiIs(olga, 'partly')
        expect(await navigate(address, bob)).toMatchObject({ status: 503 })
        expect((await navigate(address, alice)).status).toBe(200)
        await worksFor(alice, 'acme-alone')
        await workers.first.resume()
        await comfyuiIs(olga, 'up')
        await worksFor(bob, 'birch-again')
      },
      patienceMs,
    )
  })
}
