/** Does a syslog receiver hear of every security event, in order, also of those it missed while it was away? */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { ask, logsIn } from '../security/ask.ts'
import { parseRecord, until } from '../support/person.ts'
import { bobPassword, createWorld, type World, type WorldOptions } from '../support/world.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const withSyslog = (syslog: string): WorldOptions => ({
  config: (config) => ({ ...config, audit: { ...config.audit, syslog } }),
})

async function worldThatTells(syslog: string): Promise<World> {
  const world = await createWorld(withSyslog(syslog))
  cleanUps.push(() => world[Symbol.asyncDispose]())
  return world
}

interface Receiver {
  readonly server: Server
  /** Without the framing. */
  lines(): readonly string[]
  /** Ends every connection and listens no more. */
  stop(): Promise<void>
}

/** A receiver as rsyslog's imtcp is: it takes octet counting (RFC 6587) and lines. */
async function listenOn(where: number | string): Promise<Receiver> {
  let text = ''
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(typeof where === 'string' ? { path: where } : { port: where, host: '127.0.0.1' })
  await once(server, 'listening')
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  cleanUps.push(stop)
  return { server, lines: () => unframed(text), stop }
}

function unframed(text: string): readonly string[] {
  if (text.startsWith('<')) return text.split('\n').slice(0, -1)
  const lines: string[] = []
  for (let rest = text; rest !== ''; ) {
    const space = rest.indexOf(' ')
    const length = Number(rest.slice(0, space))
    if (space === -1 || rest.length < space + 1 + length) break
    lines.push(rest.slice(space + 1, space + 1 + length))
    rest = rest.slice(space + 1 + length)
  }
  return lines
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** RFC 5424 6: priority, version, time, host, application, process, message id, no structured data, message. */
const shape =
  /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT[\d:.]+Z) ([\x21-\x7e]+) gatehouse (\d+) ([\x21-\x7e]{1,32}) - (\{[\x20-\x7e]+\})$/

function parseLine(line: string) {
  const [, priority, , , , id, message] = shape.exec(line) ?? []
  if (message === undefined) throw new Error(`not RFC 5424: ${line}`)
  const { seq, event } = parseRecord(JSON.parse(message))
  return { priority: Number(priority), id, seq: Number(seq), event: parseRecord(event) }
}

const heard = (receiver: Receiver, kind: string) =>
  until(async () =>
    receiver
      .lines()
      .map(parseLine)
      .find(({ id }) => id === kind),
  )

async function refusedLogin(world: World): Promise<void> {
  const body = JSON.stringify({ username: 'bob', password: 'not his' })
  await ask(world, 'POST', '/gatehouse/api/v1/login', { headers: { 'content-type': 'application/json' }, body })
}

it('tells over TCP, in order, with severity, and of what other processes write', async () => {
  const receiver = await listenOn(0)
  const world = await worldThatTells(`tcp://127.0.0.1:${portOf(receiver.server)}`)
  expect((await heard(receiver, 'server.started')).priority).toBe(13 * 8 + 5)
  await logsIn(world, 'bob', bobPassword)
  await refusedLogin(world)
  await world.store.audit.append([{ atMs: Date.now(), kind: 'user.created', target: 'cara' }])
  expect((await heard(receiver, 'login.refused')).priority).toBe(13 * 8 + 4)
  expect(await heard(receiver, 'user.created')).toMatchObject({ event: { target: 'cara' } })
  const numbers = receiver.lines().map((line) => parseLine(line).seq)
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
})

it('tells what it missed when the receiver comes back, also after a restart, and keeps nobody waiting meanwhile', async () => {
  const first = await listenOn(0)
  const port = portOf(first.server)
  const world = await worldThatTells(`tcp://127.0.0.1:${port}`)
  await heard(first, 'server.started')
  await first.stop()
  await logsIn(world, 'bob', bobPassword)
  await refusedLogin(world)
  await world.restartSidecar()
  const second = await listenOn(port)
  await until(async () =>
    second
      .lines()
      .map(parseLine)
      .filter(({ id }) => id === 'server.started').length > 0
      ? true
      : undefined,
  )
  const ids = second.lines().map((line) => parseLine(line).id)
  expect(ids.filter((id) => id !== 'session.revoked').slice(-4)).toEqual([
    'login.succeeded',
    'login.refused',
    'server.stopped',
    'server.started',
  ])
})

it('tells over UDP', async () => {
  const socket = createSocket('udp4')
  const lines: string[] = []
  socket.on('message', (message) => lines.push(message.toString('utf8')))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  cleanUps.push(() => socket.close())
  const world = await worldThatTells(`udp://127.0.0.1:${socket.address().port}`)
  await logsIn(world, 'bob', bobPassword)
  await until(async () => (lines.some((line) => parseLine(line).id === 'login.succeeded') ? true : undefined))
})

it('tells over a local stream socket, a line each', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-syslog-'))
  cleanUps.push(() => rmSync(directory, { recursive: true, force: true }))
  const receiver = await listenOn(join(directory, 'log'))
  const world = await worldThatTells(`unix:${join(directory, 'log')}`)
  await logsIn(world, 'bob', bobPassword)
  expect(await heard(receiver, 'login.succeeded')).toMatchObject({ event: { actor: { name: 'bob' } } })
})
