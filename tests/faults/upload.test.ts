/** Is an upload that is too large, or stops half-way, refused in time, in little memory, and without a trace? */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onePixel } from '../support/graphs.ts'
import { type OwnProcess, startOwnProcess } from './own-process.ts'

const timeout = 120_000
const megabyte = 1024 * 1024
const gigabyte = 1024 * megabyte
/** The default of `limits.upload`. */
const limitBytes = 100 * megabyte
const mayGrowBytes = 80 * megabyte

let world: OwnProcess
beforeAll(async () => {
  world = await startOwnProcess()
}, timeout)
afterAll(() => world[Symbol.asyncDispose]())

const boundary = 'x-gatehouse-test'
const opening = `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="large.png"\r\nContent-Type: image/png\r\n\r\n`

async function begin(framing: string): Promise<Socket> {
  const socket = connect(world.up.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  const type = `Content-Type: multipart/form-data; boundary=${boundary}`
  socket.write(
    `POST /upload/image HTTP/1.1\r\nHost: 127.0.0.1:${world.up.port}\r\nAuthorization: Bearer ${world.alice.key}\r\n${type}\r\n${framing}\r\n\r\n`,
  )
  return socket
}

interface Told {
  readonly sentBytes: number
  /** Those among them that were sent before the answer began. */
  readonly unansweredBytes: number
  readonly answer: string
  readonly peakBytes: number
}

/** Sends as much as the other side takes, up to a gigabyte, as a client does that never looks for an answer. */
async function pour(socket: Socket, frame: (chunk: Buffer) => Buffer): Promise<Told> {
  let answer = ''
  let sentBytes = 0
  let unansweredBytes: number | undefined
  let peakBytes = 0
  let isOver = false
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1')
    unansweredBytes ??= sentBytes
  })
  const over = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isOver = true
      resolve()
    })
  })
  const chunk = frame(Buffer.alloc(megabyte, 7))
  socket.write(frame(Buffer.from(opening)))
  while (!isOver && sentBytes < gigabyte) {
    sentBytes += megabyte
    if (!socket.write(chunk)) await Promise.race([drained(socket), over])
    peakBytes = Math.max(peakBytes, world.residentBytes())
  }
  socket.end()
  await over
  return { sentBytes, unansweredBytes: unansweredBytes ?? sentBytes, answer, peakBytes }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('drain', resolve)
  })
}

const keptFiles = () => readdirSync(join(world.practice.baseDirectory, 'input'), { recursive: true }).map(String)

async function leavesNoTrace(): Promise<void> {
  expect(keptFiles().filter((name) => name.includes('large'))).toEqual([])
  expect((await world.alice.fetch('/view?filename=large.png&type=input')).status).toBe(404)
  expect(JSON.stringify(await (await world.alice.fetch('/internal/files/input')).text())).not.toContain('large')
  expect((await world.alice.uploads('small.png', onePixel, { overwrite: 'true' })).status).toBe(200)
}

describe('an upload of a gigabyte', { timeout }, () => {
  it('is refused at once when it is announced, to a client that goes on sending, too', async () => {
    const before = world.residentBytes()
    const told = await pour(await begin(`Content-Length: ${gigabyte}`), (chunk) => chunk)
    expect(told.answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(told.answer).toContain('"type":"body_too_large"')
    expect(told.unansweredBytes).toBeLessThan(limitBytes)
    // What goes on coming is read for a moment, so that the client finds the answer.
    expect(told.sentBytes).toBeLessThan(2 * limitBytes)
    expect(told.peakBytes - before).toBeLessThan(mayGrowBytes)
    await leavesNoTrace()
  })

  it('is cut at the limit when it is not announced, and read in little memory', async () => {
    const before = world.residentBytes()
    const told = await pour(await begin('Transfer-Encoding: chunked'), (chunk) =>
      Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
    )
    expect(told.answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(told.answer).toContain('"type":"body_too_large"')
    expect(told.sentBytes).toBeLessThan(2 * limitBytes)
    expect(told.peakBytes - before).toBeLessThan(mayGrowBytes)
    await leavesNoTrace()
  })

  it('is refused to a program that waits for leave to send', async () => {
    const socket = await begin(`Content-Length: ${gigabyte}\r\nExpect: 100-continue`)
    const [answer]: Buffer[] = await once(socket, 'data')
    expect(answer?.toString()).toMatch(/^HTTP\/1\.1 (?:413|100) /)
    socket.destroy()
    await leavesNoTrace()
  })
})

describe('a client that disappears', { timeout }, () => {
  it('in the middle of an upload leaves nothing behind', async () => {
    for (const framing of [`Content-Length: ${10 * megabyte}`, 'Transfer-Encoding: chunked']) {
      const socket = await begin(framing)
      const isChunked = framing.startsWith('T')
      const body = Buffer.concat([Buffer.from(opening), Buffer.alloc(megabyte, 7)])
      if (isChunked) socket.write(`${body.length.toString(16)}\r\n`)
      await new Promise<void>((sent) => socket.write(body, () => sent()))
      socket.resetAndDestroy()
      await once(socket, 'close')
      await leavesNoTrace()
    }
  })
})
