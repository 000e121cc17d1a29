/** Does the practice ComfyUI do what only a stand-in can: hold, break, restart, demand its guard? */
import { createHmac, randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { at, eventually, finished, getJson, queuePrompt, runPrompt } from '../contract/client.ts'
import { saveGraph, textGraph } from '../contract/graphs.ts'
import { listen } from '../contract/socket.ts'
import { type PracticeComfyui, type PracticeComfyuiOptions, startPracticeComfyui } from './start.ts'

let practice: PracticeComfyui
const start = async (options: PracticeComfyuiOptions = {}) => {
  practice = await startPracticeComfyui(options)
  return practice
}
afterEach(async () => await practice.close())

describe('holding', () => {
  it('keeps a prompt running until it is released', async () => {
    const { hold, release } = await start()
    hold()
    const listener = await listen(practice, 'holder')
    const id = await queuePrompt(practice, saveGraph(), { client_id: 'holder' })
    await listener.heard((event) => at(event, 'type') === 'executing')
    expect(at(await getJson(practice, '/queue'), 'queue_running', 0, 1)).toBe(id)
    expect(listener.story(id)).not.toContain('executed 2')
    release()
    await listener.ended(id)
    expect(listener.story(id)).toContain('executed 2')
    await listener.close()
  })

  it('does not keep an interrupt out', async () => {
    await start()
    practice.hold()
    const id = await queuePrompt(practice, saveGraph())
    await eventually(async () => at(await getJson(practice, '/queue'), 'queue_running', 0, 1) === id)
    await eventually(async () => {
      await fetch(`${practice.url}/interrupt`, { method: 'POST' })
      return at(await getJson(practice, `/history/${id}`), id)
    })
    expect(at(await getJson(practice, `/api/jobs/${id}`), 'status')).toBe('cancelled')
  })
})

describe('breaking', () => {
  it('leaves the running prompt running for ever when the worker is killed', async () => {
    await start()
    practice.hold()
    const id = await queuePrompt(practice, saveGraph())
    await eventually(async () => at(await getJson(practice, '/queue'), 'queue_running', 0, 1) === id)
    practice.killWorker()
    practice.release()
    const waiting = await queuePrompt(practice, textGraph('never'))
    expect(practice.isWorkerAlive()).toBe(false)
    expect(at(await getJson(practice, '/queue'), 'queue_running', 0, 1)).toBe(id)
    expect(at(await getJson(practice, '/queue'), 'queue_pending', 0, 1)).toBe(waiting)
  })

  it('comes back from a restart on the same port with its files and without its memory', async () => {
    await start()
    const entry = await runPrompt(practice, saveGraph('kept'))
    writeFileSync(join(practice.baseDirectory, 'temp', 'gone.txt'), '')
    practice.hold()
    await queuePrompt(practice, textGraph('lost'))
    const socket = new WebSocket(`ws://127.0.0.1:${practice.port}/ws`)
    await new Promise((done) => socket.once('open', done))
    const closed = new Promise((done) => socket.once('close', done))
    await practice.restart({ loseQueue: true })
    await closed
    expect(await getJson(practice, '/queue')).toEqual({ queue_running: [], queue_pending: [] })
    expect(await getJson(practice, '/history')).toEqual({})
    expect(existsSync(join(practice.baseDirectory, 'temp', 'gone.txt'))).toBe(false)
    const file = String(at(entry, 'outputs', '2', 'images', 0, 'filename'))
    expect(existsSync(join(practice.baseDirectory, 'output', file))).toBe(true)
    await finished(practice, await queuePrompt(practice, textGraph('after')))
  })

  it('can be gone for a while', async () => {
    await start()
    await practice.stop()
    await expect(fetch(`${practice.url}/queue`)).rejects.toThrow()
    await practice.resume()
    expect((await fetch(`${practice.url}/queue`)).status).toBe(200)
  })
})

describe('recording', () => {
  it('keeps every request as it was sent, with its body', async () => {
    await start({ recordRequests: true })
    await fetch(`${practice.url}/api/%71ueue?x=1`, { method: 'POST', body: '{}', headers: { 'X-Marked': 'Yes' } })
    const [request] = practice.requests
    expect([request?.method, request?.url, request?.body.toString()]).toEqual(['POST', '/api/%71ueue?x=1', '{}'])
    expect(request?.headers['x-marked']).toBe('Yes')
    practice.forgetRequests()
    expect(practice.requests).toEqual([])
  })

  it('keeps upgrades too', async () => {
    await start({ recordRequests: true })
    await (await listen(practice, 'recorded')).close()
    expect(practice.requests.map(({ url }) => url)).toEqual(['/ws?clientId=recorded'])
  })
})

describe('the guard', () => {
  const guardSecret = 'not-a-real-secret'
  const paths = ['/', '/queue', '/api/queue', '/nope', '/internal/logs', '/gatehouse/prove/', '/api/gatehouse/prove']

  it.each(paths)('turns strangers away from %s', async (path) => {
    await start({ guardSecret })
    const ask = async (headers: Record<string, string>) => (await fetch(practice.url + path, { headers })).status
    expect(await ask({})).toBe(401)
    expect(await ask({ 'X-Gatehouse-Guard': `${guardSecret}x` })).toBe(401)
    expect(await ask({ 'X-Gatehouse-Guard': guardSecret })).not.toBe(401)
  })

  it('turns strangers away from the socket', async () => {
    await start({ guardSecret })
    const open = (headers: Record<string, string>) =>
      new Promise<string>((done) => {
        const socket = new WebSocket(`ws://127.0.0.1:${practice.port}/ws`, { headers })
        socket.once('open', () => done('open'))
        socket.once('error', (error) => done(error.message))
      })
    expect(await open({})).toContain('401')
    expect(await open({ 'X-Gatehouse-Guard': guardSecret })).toBe('open')
  })

  it('proves to anybody that it knows the secret, without telling it', async () => {
    await start({ guardSecret })
    const nonce = randomBytes(32).toString('hex')
    const proof = createHmac('sha256', guardSecret).update(`gatehouse-upstream:${nonce}`).digest('hex')
    expect(await getJson(practice, `/gatehouse/prove?nonce=${nonce}`)).toEqual({ proof })
    expect((await fetch(`${practice.url}/gatehouse/prove?nonce=short`)).status).toBe(400)
  })
})
