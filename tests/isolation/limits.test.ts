/** Can one person's hunger be felt by another? Every limit of a role, from both sides. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import type { Config } from '../../sidecar/src/config/config.ts'
import { savedPicture } from '../support/graphs.ts'
import { type Person, parseRecord, until } from '../support/person.ts'
import { alicePassword, createWorld, type World } from '../support/world.ts'

function withLimits(limits: Partial<Config['limits']>): Promise<World> {
  return createWorld({ config: (config) => ({ ...config, limits: { ...config.limits, ...limits } }) })
}

const slowKeys = { key_prompts_per_minute: 1, key_prompt_burst: 3 }

function posts(person: Pick<Person, 'post'>, count: number): Promise<readonly Response[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => person.post('/prompt', { prompt: savedPicture(`p${index}`) })),
  )
}

/** Prompts that reached ComfyUI. */
function posted({ practice }: World): readonly unknown[] {
  return practice.requests.filter(({ method, url }) => method === 'POST' && url.endsWith('/prompt'))
}

function statuses(answers: readonly Response[]): Readonly<Record<number, number>> {
  return Object.fromEntries([200, 429].map((code) => [code, answers.filter(({ status }) => status === code).length]))
}

it('lets a key queue its burst, and refuses the rest in a sentence that the stock UI shows', async () => {
  await using world = await withLimits(slowKeys)
  const answers = await posts(world.alice, 20)
  expect(statuses(answers)).toEqual({ 200: 3, 429: 17 })
  const accepted = answers.find(({ status }) => status === 200)
  expect(accepted?.headers.get('ratelimit-policy')).toBe('"prompts";q=3;w=180')
  const refused = answers.find(({ status }) => status === 429)
  expect(refused?.headers.get('ratelimit-policy')).toBe('"prompts";q=3;w=180')
  const seconds = refused?.headers.get('retry-after')
  expect(Number(seconds)).toBeGreaterThan(50)
  expect(Number(seconds)).toBeLessThanOrEqual(60)
  expect(refused?.headers.get('ratelimit')).toBe(`"prompts";r=0;t=${seconds}`)
  expect(await refused?.json()).toEqual({
    error: {
      type: 'too_many_prompts',
      message: `You may queue 1 prompt per minute, and 3 at once. This one was not queued; try again in ${seconds} seconds.`,
      details: expect.any(String),
      extra_info: {},
    },
    node_errors: {},
  })
  expect(posted(world)).toHaveLength(3)
})

it('counts prompts that are refused for what they hold, and leaves everybody else alone', async () => {
  await using world = await withLimits(slowKeys)
  for (let count = 0; count < 3; count += 1) {
    expect((await world.alice.post('/prompt', { prompt: {} })).status).toBe(400)
  }
  expect(statuses(await posts(world.alice, 2))).toEqual({ 200: 0, 429: 2 })
  expect(statuses(await posts(world.ann, 3))).toEqual({ 200: 3, 429: 0 })
  expect(statuses(await posts(world.bob, 3))).toEqual({ 200: 3, 429: 0 })
})

it('does not count a prompt that is sent again', async () => {
  await using world = await withLimits({ key_prompts_per_minute: 1, key_prompt_burst: 1 })
  const send = (key: string) =>
    world.alice.fetch('/prompt', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ prompt: savedPicture('once') }),
    })
  const first = await send('a')
  expect(first.status).toBe(200)
  const id = parseRecord(await first.json()).prompt_id
  for (let count = 0; count < 3; count += 1) {
    const again = await send('a')
    expect(again.status).toBe(200)
    expect(parseRecord(await again.json()).prompt_id).toBe(id)
  }
  expect((await send('b')).status).toBe(429)
})

it('gives the page more than a key of the same person', async () => {
  await using world = await withLimits({ key_prompts_per_minute: 1, key_prompt_burst: 1 })
  const cookie = await signIn(world)
  const page = {
    post: (path: string, body: unknown) =>
      fetch(`${world.address}${path}`, {
        method: 'POST',
        headers: { cookie, origin: world.address, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
  }
  expect(statuses(await posts(world.alice, 5))).toEqual({ 200: 1, 429: 4 })
  expect(statuses(await posts(page, 20))).toEqual({ 200: 20, 429: 0 })
})

async function signIn(world: World): Promise<string> {
  const answer = await fetch(`${world.address}/gatehouse/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'alice', password: alicePassword }),
  })
  return (answer.headers.getSetCookie()[0] ?? '').split(';', 1)[0] ?? ''
}

it('accepts one of fifty prompts that come at once where one may wait', async () => {
  await using world = await withLimits({ pending_jobs: 1 })
  world.practice.hold()
  await world.alice.queues(savedPicture('runs'))
  await until(async () => ((await world.alice.json('/queue')).queue_running as unknown[])[0])
  // Two people of one tenant share what the tenant may have waiting.
  const answers = [...(await Promise.all([posts(world.alice, 25), posts(world.ann, 25)]))].flat()
  expect(statuses(answers)).toEqual({ 200: 1, 429: 49 })
  expect((await world.alice.json('/prompt')).exec_info).toEqual({ queue_remaining: 2 })
  expect(statuses(await posts(world.bob, 1))).toEqual({ 200: 1, 429: 0 })
})

it("refuses a person's request beyond those under way, on both lanes, and nobody else's", async () => {
  await using world = await withLimits({ requests_in_flight: 4 })
  const open = await Promise.all(Array.from({ length: 4 }, () => beginsUpload(world)))
  const refused = await until(async () => {
    const answer = await world.alice.fetch('/history')
    return answer.status === 429 ? answer : undefined
  })
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(parseRecord(parseRecord(await refused.json()).error)).toMatchObject({
    type: 'too_many_requests',
    message: expect.stringContaining('You have 4 requests under way, and your role allows 4 at once.'),
  })
  expect((await world.alice.fetch('/gatehouse/api/v1/queue')).status).toBe(429)
  expect((await world.alice.fetch('/health')).status).toBe(429)
  expect((await world.mallory.fetch('/health')).status).toBe(200)
  // The page itself opens all the same, and its socket has a limit of its own.
  expect((await world.alice.fetch('/extensions/none.js')).status).toBe(404)
  expect((await world.alice.fetch('/assets/none.js')).status).toBe(404)
  using _socket = await world.alice.listens()
  expect((await world.ann.fetch('/history')).status).toBe(200)
  expect((await world.bob.fetch('/gatehouse/api/v1/queue')).status).toBe(200)
  for (const socket of open) socket.destroy()
  await until(async () => ((await world.alice.fetch('/history')).status === 200 ? true : undefined))
  expect((await world.alice.fetch('/gatehouse/api/v1/queue')).status).toBe(200)
})

/** An upload whose body never comes. */
async function beginsUpload(world: World): Promise<Socket> {
  const socket = await dials(world)
  socket.write(
    `POST /upload/image HTTP/1.1\r\nHost: ${new URL(world.address).host}\r\nAuthorization: Bearer ${world.alice.key}\r\n` +
      'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000\r\n\r\n--b\r\n',
  )
  return socket
}

it("keeps one tenant's downloads to a part of ComfyUI's connections, and everybody else's going", async () => {
  await using world = await withLimits({})
  await world.alice.uploads('big.dat', new Uint8Array(32 * megabyte))
  await world.bob.uploads('small.txt', new Uint8Array(16))
  const downloads = await Promise.all(Array.from({ length: 40 }, () => beginsDownload(world)))
  const atComfyui = () => world.practice.requests.filter(({ url }) => url.includes('/view') && url.includes('big.dat'))
  await until(async () => (atComfyui().length >= 32 ? true : undefined))
  expect((await world.bob.fetch('/view?filename=small.txt&type=input')).status).toBe(200)
  await (await world.bob.queues(savedPicture('unhindered'))).finishes()
  expect((await world.alice.fetch('/history')).status).toBe(200)
  expect(atComfyui()).toHaveLength(32)
  for (const socket of downloads) socket.destroy()
  expect((await world.alice.fetch('/view?filename=big.dat&type=input')).status).toBe(200)
})

const megabyte = 1024 ** 2

/** A download of which nothing is read. */
async function beginsDownload(world: World): Promise<Socket> {
  const socket = await dials(world)
  socket.pause()
  socket.write(
    `GET /view?filename=big.dat&type=input HTTP/1.1\r\nHost: ${new URL(world.address).host}\r\nAuthorization: Bearer ${world.alice.key}\r\n\r\n`,
  )
  return socket
}

async function dials(world: World): Promise<Socket> {
  const { hostname, port } = new URL(world.address)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}

/** Sends a head that promises more than may come, and nothing of the body; gives the status line. */
async function announces(world: World, path: string, bytes: number): Promise<string> {
  const socket = await dials(world)
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: ${new URL(world.address).host}\r\nAuthorization: Bearer ${world.alice.key}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`,
  )
  const [chunk] = await once(socket, 'data')
  socket.destroy()
  return String(chunk).split('\r\n', 1)[0] ?? ''
}

it('refuses a body that is too large for the role by its head, and one that grows too large as it grows', async () => {
  const config = (base: Config): Config => ({ ...base, roles: { user: { limits: { json_body: 2_000 } } } })
  await using world = await createWorld({ config })
  expect(await announces(world, '/prompt', 2_001)).toBe('HTTP/1.1 413 Payload Too Large')
  const large = { prompt: savedPicture('x'), extra_data: { note: 'y'.repeat(2_000) } }
  expect((await world.alice.post('/prompt', large)).status).toBe(413)
  expect((await world.olga.post('/prompt', large)).status).toBe(200)
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000)) })
  const growing = { method: 'POST', body: endless, duplex: 'half', headers: { 'content-type': 'application/json' } }
  const answer = await world.alice.fetch('/prompt', growing)
  expect(answer.status).toBe(413)
  expect((await world.alice.post('/prompt', { prompt: savedPicture('x') })).status).toBe(200)
})

it.each(['/prompt', '/history', '/queue', '/jobs/cancel', '/gatehouse/api/v1/login'])(
  'refuses JSON that nests without end on %s, and stays up',
  async (path) => {
    await using world = await withLimits({})
    const nested = (open: string, close: string) => `${open.repeat(100_000)}${close.repeat(100_000)}`
    for (const body of [nested('[', ']'), nested('{"a":', '}').replace(':}', ':1}'), '['.repeat(200_000)]) {
      const headers = { 'content-type': 'application/json' }
      const answer = await world.alice.fetch(path, { method: 'POST', body, headers })
      expect([400, 413]).toContain(answer.status)
    }
    expect((await world.alice.fetch('/history')).status).toBe(200)
    expect(posted(world)).toEqual([])
  },
)
