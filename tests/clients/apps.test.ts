import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onePixel, savedPicture } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import { findsNothingOf } from '../support/verdicts.ts'
import { createWorld, type World } from '../support/world.ts'
import type { App, AppSetting } from './apps/app.ts'
import { comfyPortal, looksAtServer, uploads as portalUploads, stops } from './apps/comfy-portal.ts'
import { cancels, connects, krita } from './apps/krita.ts'
import { openWebui, verifiesAddress, uploads as webuiUploads } from './apps/open-webui.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const setting = (name: 'alice' | 'bob' | 'mallory'): AppSetting => ({
  address: world.address,
  token: name === 'mallory' ? `gh_AbCdEfGh1234_${'x'.repeat(40)}` : world[name].key,
})

const apps: readonly (readonly [string, App])[] = [
  ['Comfy Portal', comfyPortal],
  ['Open WebUI', openWebui],
  ["Krita's AI Diffusion", krita],
]

describe.each(apps)('%s', (name, app) => {
  const prefix = name.replace(/\W/g, '-').toLowerCase()

  it('makes and gets a picture that its user alone finds', async () => {
    const { promptId, images } = await app(setting('alice'), savedPicture(prefix))
    expect(images.map((image) => image.subarray(1, 4).toString())).toEqual(['PNG', 'PNG'])
    expect(Object.keys(await world.alice.json('/history'))).toContain(promptId)
    await findsNothingOf(world.bob, [promptId, prefix], ['/history', '/queue', '/jobs', `/history/${promptId}`])
  })

  it('is refused with a key that nobody has', async () => {
    await expect(app(setting('mallory'), savedPicture(prefix))).rejects.toThrow('401')
  })

  it('sends a key that ComfyUI never sees', async () => {
    await app(setting('bob'), savedPicture(prefix))
    const heard = world.practice.requests.map(({ url, rawHeaders, body }) => `${url} ${rawHeaders} ${body}`).join('\n')
    expect(heard).toContain(prefix)
    expect(heard).not.toMatch(/gh_[A-Za-z0-9]{12}_/)
  })
})

describe('Comfy Portal', () => {
  it('finds the server online', async () => {
    expect(await looksAtServer(setting('alice'))).toEqual([200, 200, 200, 200])
    expect(await looksAtServer(setting('mallory'))).toEqual([401, 401, 401, 401])
  })

  it('may send its key as a Bearer header on the WebSocket, too, with the Origin that React Native adds', async () => {
    const { key } = world.alice
    const headers = { origin: world.address, authorization: `Bearer ${key}` }
    const answer = await upgrade(`${world.address}/ws?clientId=phone`, headers)
    expect(answer).toBe(101)
    expect(await upgrade(`${world.address}/ws?clientId=phone`, { origin: world.address })).toBe(401)
  })

  it('uploads with the key in the address', async () => {
    expect(await portalUploads(setting('alice'), onePixel)).toEqual({
      name: 'portal.png',
      subfolder: '',
      type: 'input',
    })
    await expect(portalUploads(setting('mallory'), onePixel)).rejects.toThrow('401')
  })

  it('stops what is its own, and nothing of anybody else', async () => {
    world.practice.hold()
    const job = await world.alice.queues(savedPicture('portal-stop'))
    await until(async () => (JSON.stringify(await world.alice.json('/queue')).includes(job.id) ? true : undefined))
    expect(await stops(setting('bob'), job.id)).toEqual([200, 200, 200, 200])
    expect(JSON.stringify(await world.alice.json('/queue'))).toContain(job.id)
    expect(await stops(setting('alice'), job.id)).toEqual([200, 200, 200, 200])
    world.practice.release()
    expect(JSON.stringify(await job.finishes())).toContain('execution_interrupted')
  })
})

describe('Open WebUI', () => {
  it('verifies the address with the key', async () => {
    expect(await verifiesAddress(setting('alice'))).toBe(200)
    expect(await verifiesAddress(setting('mallory'))).toBe(401)
  })

  it('uploads a picture to be edited', async () => {
    expect(await webuiUploads(setting('alice'), onePixel)).toEqual({ name: 'webui.png', subfolder: '', type: 'input' })
  })
})

describe("Krita's AI Diffusion", () => {
  it('connects and reads the nodes', async () => {
    expect(await connects(setting('alice'))).toHaveProperty('LoadImage')
    await expect(connects(setting('mallory'))).rejects.toThrow('401')
  })

  it('cancels', async () => {
    expect(await cancels(setting('alice'), 'f5b2f2a2-0000-4000-8000-000000000000')).toEqual([200, 200])
  })
})

/** The status of an upgrade. */
async function upgrade(address: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const { WebSocket } = await import('ws')
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address.replace('http', 'ws'), { headers })
    socket.once('open', () => {
      socket.terminate()
      resolve(101)
    })
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.once('error', reject)
  })
}
