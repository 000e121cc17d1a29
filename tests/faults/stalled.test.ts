/** Do clients that stop reading or writing hold up anybody but themselves, or fill the memory? */
import { once } from 'node:events'
import { closeSync, ftruncateSync, openSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onePixel } from '../support/graphs.ts'
import { type OwnProcess, startOwnProcess } from './own-process.ts'

const timeout = 120_000
const megabyte = 1024 * 1024
const largeBytes = 400 * megabyte
const mayGrowBytes = 64 * megabyte
const clients = 6

let world: OwnProcess
let dribbler: Promise<string>
beforeAll(async () => {
  world = await startOwnProcess()
  // It takes its twenty seconds while the others are tested.
  dribbler = wholeAnswer(await send('GET / HTTP/1.1\r\nHost: gatehouse\r\nX-Never: '))
}, timeout)
afterAll(() => world[Symbol.asyncDispose]())

async function send(text: string): Promise<Socket> {
  const socket = connect(world.up.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  socket.write(text)
  return socket
}

const head = (line: string, ...more: readonly string[]) =>
  `${[line, 'Host: gatehouse', `Authorization: Bearer ${world.alice.key}`, ...more].join('\r\n')}\r\n\r\n`

function wholeAnswer(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  return new Promise((resolve) => {
    socket.once('close', () => resolve(text))
  })
}

/** Work of somebody else, enough of it that anything that piles up would have. */
async function othersGoOn(): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    expect((await world.alice.uploads('other.png', onePixel, { overwrite: 'true' })).status).toBe(200)
    expect((await world.alice.fetch('/view?filename=other.png&type=input')).status).toBe(200)
    expect((await world.alice.fetch('/object_info')).status).toBe(200)
  }
}

describe('a client that stalls', { timeout }, () => {
  it('while it reads 400 MB holds a few buffers, and gets every byte when it goes on', async () => {
    const file = openSync(join(world.inputFolder(), 'large.png'), 'w')
    ftruncateSync(file, largeBytes)
    closeSync(file)
    const before = world.residentBytes()
    const readers = await Promise.all(
      Array.from({ length: clients }, async () => {
        const socket = await send(head('GET /view?filename=large.png&type=input HTTP/1.1'))
        const [first]: Buffer[] = await once(socket, 'data')
        socket.pause()
        return { socket, first: first ?? Buffer.alloc(0) }
      }),
    )
    await othersGoOn()
    expect(world.residentBytes() - before).toBeLessThan(mayGrowBytes)
    const [going, ...gone] = readers
    for (const { socket } of gone) socket.destroy()
    if (going === undefined) throw new Error('nobody reads')
    const headEnd = going.first.indexOf('\r\n\r\n') + 4
    expect(going.first.toString('latin1', 0, headEnd)).toMatch(
      new RegExp(`^HTTP/1\\.1 200 [^]*content-length: ${largeBytes}\\r`, 'i'),
    )
    let bodyBytes = going.first.length - headEnd
    going.socket.on('data', (chunk: Buffer) => {
      bodyBytes += chunk.length
      if (bodyBytes === largeBytes) going.socket.end()
    })
    going.socket.resume()
    await once(going.socket, 'close')
    expect(bodyBytes).toBe(largeBytes)
    expect(world.residentBytes() - before).toBeLessThan(mayGrowBytes)
  })

  it('while it writes holds up nobody, and leaves nothing when it goes', async () => {
    const before = world.residentBytes()
    const boundary = 'x-gatehouse-test'
    const part = `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="stalled.png"\r\n\r\n`
    const type = `Content-Type: multipart/form-data; boundary=${boundary}`
    const writers = await Promise.all(
      Array.from({ length: clients }, () =>
        send(
          `${head('POST /upload/image HTTP/1.1', type, `Content-Length: ${50 * megabyte}`)}${part}${'x'.repeat(megabyte)}`,
        ),
      ),
    )
    const submitters = await Promise.all(
      Array.from({ length: clients }, () =>
        send(
          `${head('POST /prompt HTTP/1.1', 'Content-Type: application/json', `Content-Length: ${megabyte}`)}{"prompt": {`,
        ),
      ),
    )
    await othersGoOn()
    expect(world.residentBytes() - before).toBeLessThan(mayGrowBytes)
    for (const socket of [...writers, ...submitters]) socket.destroy()
    await othersGoOn()
    expect((await world.alice.fetch('/view?filename=stalled.png&type=input')).status).toBe(404)
    expect(await world.alice.json('/queue')).toEqual({ queue_running: [], queue_pending: [] })
  })

  it('before its headers end is told so, and hung up on', async () => {
    expect(await dribbler).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
    await othersGoOn()
  })
})
