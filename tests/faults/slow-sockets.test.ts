/** Do people who read, write or open slowly cost anybody else anything? Bytes and sockets are counted, and others' work goes on. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SteppedComfyui } from '../practice-comfyui/start.ts'
import { onePixel } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import { type OwnProcess, startOwnProcess } from './own-process.ts'

const timeout = 180_000
const megabyte = 1024 * 1024
const eventBytes = 12 * megabyte
const eventCount = 30
const slowCount = 10
/** A dozen copies of the largest frame, where all of them for all readers would be 3.6 GB. */
const mayGrowBytes = 256 * megabyte

let world: OwnProcess
let comfyui: SteppedComfyui
beforeAll(async () => {
  world = await startOwnProcess()
  comfyui = world.practice
}, timeout)
afterAll(() => world[Symbol.asyncDispose]())

/** Opens a connection, and keeps what it is answered. */
async function open(text: string): Promise<{ readonly socket: Socket; readonly answer: Promise<string> }> {
  const socket = connect(world.up.port, '127.0.0.1')
  const closed = once(socket, 'close')
  let heard = ''
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1')
  })
  await once(socket, 'connect')
  socket.write(text)
  return { socket, answer: closed.then(() => heard) }
}

const head = (line: string, ...more: readonly string[]) =>
  `${[line, 'Host: gatehouse', `Authorization: Bearer ${world.alice.key}`, ...more].join('\r\n')}\r\n\r\n`

async function othersGoOn(): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    expect((await world.bob.uploads('other.png', onePixel, { overwrite: 'true' })).status).toBe(200)
    expect((await world.bob.fetch('/view?filename=other.png&type=input')).status).toBe(200)
    expect((await world.bob.fetch('/object_info')).status).toBe(200)
  }
}

describe('sockets that read nothing', { timeout }, () => {
  it('of 12 MB events are dropped alone, and hold no more than a frame', async () => {
    const { alice } = world
    comfyui.hold()
    const prompt = { '1': { class_type: 'PreviewAny', inputs: { source: 'x' } } }
    using quick = await alice.listens('wide')
    const slow = await Promise.all(Array.from({ length: slowCount }, () => alice.listens('wide')))
    for (const { socket } of slow) socket.pause()
    const before = world.residentBytes()
    const job = await alice.queues(prompt, { client_id: 'wide' })
    const upstreamId = await until(async () => comfyui.steps.jobs().running[0])
    const node = comfyui.steps.nodes(upstreamId)[0]
    const data = { node, display_node: node, prompt_id: upstreamId, output: { text: ['x'.repeat(eventBytes)] } }
    const frame = JSON.stringify({ type: 'executed', data })
    const heard = () => quick.messages.filter(({ type }) => type === 'executed').length
    let most = 0
    for (let count = 1; count <= eventCount; count += 1) {
      comfyui.steps.emit(frame)
      await until(async () => (heard() === count ? true : undefined), timeout)
      most = Math.max(most, world.residentBytes() - before)
    }
    expect(most).toBeLessThan(mayGrowBytes)
    comfyui.release()
    expect(await job.finishes()).toMatchObject({ status: { status_str: 'success' } })
    for (const { socket } of slow) {
      const closed = once(socket, 'close')
      socket.resume()
      await closed
    }
    expect(slow.map(({ messages }) => messages.filter(({ type }) => type === 'executed').length < eventCount)).toEqual(
      slow.map(() => true),
    )
    expect(quick.socket.readyState).toBe(quick.socket.OPEN)
  })
})

describe('readers that stop', { timeout }, () => {
  it('in the middle of /object_info and of listings hold no more than a few buffers', async () => {
    const before = world.residentBytes()
    const readers = await Promise.all(
      ['/object_info', '/api/object_info', '/history', '/system_stats'].flatMap((path) =>
        Array.from({ length: 30 }, async () => {
          const reader = await open(head(`GET ${path} HTTP/1.1`).repeat(8))
          reader.socket.pause()
          return reader
        }),
      ),
    )
    await othersGoOn()
    expect(world.residentBytes() - before).toBeLessThan(mayGrowBytes)
    for (const { socket } of readers) socket.destroy()
    await othersGoOn()
  })
})

describe('a head that does not end', { timeout }, () => {
  it.concurrent.each([
    ['of a request to ComfyUI', 'GET /queue HTTP/1.1\r\nHost: gatehouse\r\nX-Slow: '],
    ['of our own', 'GET /gatehouse/api/v1/me HTTP/1.1\r\nHost: gatehouse\r\nX-Slow: '],
    ['of an upgrade', 'GET /ws HTTP/1.1\r\nHost: gatehouse\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Slow: '],
    ['that says nothing at all', ''],
  ])('%s is hung up on', async (_, text) => {
    const lines = await Promise.all(Array.from({ length: 50 }, () => open(text)))
    await othersGoOn()
    for (const { answer } of lines) expect(await answer).toMatch(/^$|^HTTP\/1\.1 408 Request Timeout\r\n/)
  })

  it('because there is too much of it is refused at once', async () => {
    const flood = await open(`GET /queue HTTP/1.1\r\nHost: gatehouse\r\nX-Flood: ${'x'.repeat(64 * 1024)}`)
    expect(await flood.answer).toMatch(/^HTTP\/1\.1 431 /)
    const many = Array.from({ length: 150 }, (_, index) => `X-${index}: 1`)
    const counted = await open(head('GET /queue HTTP/1.1', ...many, 'Connection: close'))
    expect(await counted.answer).toMatch(/^HTTP\/1\.1 400 /)
    await othersGoOn()
  })
})

describe('a body that does not end', { timeout }, () => {
  it('of a log-in is hung up on, whoever sends it', async () => {
    const lines = await Promise.all(
      Array.from({ length: 50 }, () =>
        open(
          `${['POST /gatehouse/api/v1/login HTTP/1.1', 'Host: gatehouse', 'Content-Type: application/json', 'Content-Length: 100'].join('\r\n')}\r\n\r\n{"user`,
        ),
      ),
    )
    await othersGoOn()
    for (const { answer } of lines) expect(await answer).not.toMatch(/^HTTP\/1\.1 200/)
  })

  it('of many uploads leaves nothing behind, and holds up nobody', async () => {
    const before = world.residentBytes()
    const boundary = 'x-gatehouse-test'
    const part = `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="half.png"\r\n\r\n`
    const type = `Content-Type: multipart/form-data; boundary=${boundary}`
    const upload = head('POST /upload/image HTTP/1.1', type, `Content-Length: ${50 * megabyte}`)
    const writers = await Promise.all(Array.from({ length: 100 }, () => open(`${upload}${part}${'x'.repeat(200_000)}`)))
    await othersGoOn()
    expect(world.residentBytes() - before).toBeLessThan(mayGrowBytes)
    for (const { socket } of writers) socket.destroy()
    await othersGoOn()
    expect((await world.alice.fetch('/view?filename=half.png&type=input')).status).toBe(404)
  })
})

describe('a body that is more than it seems', { timeout }, () => {
  const zeros = Buffer.alloc(64 * megabyte)
  const bombs: readonly (readonly [string, Buffer])[] = [
    ['gzip', gzipSync(zeros)],
    ['deflate', deflateSync(zeros)],
    ['br', brotliCompressSync(zeros)],
    ['zstd', zstdCompressSync(zeros)],
  ]
  it.each(bombs)('because it is compressed with %s is refused unread', async (encoding, body) => {
    const before = world.residentBytes()
    for (const path of ['/prompt', '/api/prompt', '/upload/image', '/userdata/x.json', '/settings']) {
      const answer = await world.alice.fetch(path, {
        method: 'POST',
        body: Uint8Array.from(body),
        headers: { 'content-encoding': encoding, 'content-type': 'application/json' },
      })
      expect([path, answer.status]).toEqual([path, 415])
    }
    const login = await fetch(`${world.up.address}/gatehouse/api/v1/login`, {
      method: 'POST',
      body: Uint8Array.from(body.subarray(0, 8_000)),
      headers: { 'content-encoding': encoding, 'content-type': 'application/json' },
    })
    expect(login.status).toBeGreaterThanOrEqual(400)
    expect(world.residentBytes() - before).toBeLessThan(mayGrowBytes)
    await othersGoOn()
  })

  it.each([
    ['deep', `{"prompt":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`],
    ['deep in objects', `{"prompt":${'{"a":'.repeat(500_000)}1${'}'.repeat(500_000)}}`],
    ['wide', `{"prompt":{${Array.from({ length: 300_000 }, (_, index) => `"${index}":{}`).join(',')}}}`],
    ['one number', `{"prompt":{},"number":${'9'.repeat(5_000_000)}}`],
    ['many numbers', `{"prompt":[${'1e400,'.repeat(1_000_000)}1]}`],
    ['one text', `{"prompt":{},"client_id":"${'x'.repeat(15_000_000)}"}`],
    ['escapes', `{"prompt":{},"client_id":"${'\\u0041'.repeat(2_500_000)}"}`],
    ['the same key again', `{"prompt":{${'"1":{},'.repeat(1_000_000)}"1":{}}}`],
  ])('because it is %s is refused, and nobody waits for it', async (_, body) => {
    const bomb = world.alice.fetch('/prompt', { method: 'POST', body })
    await othersGoOn()
    const answer = await bomb
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect((await answer.text()).length).toBeLessThan(20_000)
  })
})
