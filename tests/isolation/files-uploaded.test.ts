import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { type ClientRequest, request as httpRequest, IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../sidecar/src/config/config.ts'
import { onePixel } from '../support/graphs.ts'
import { type Person, parseRecord, until } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'

const limitBytes = 256 * 1024

/** Users may bring small pictures and text, owners anything. */
function limited(config: Config): Config {
  return {
    ...config,
    roles: {
      ...config.roles,
      user: { limits: { upload: limitBytes, upload_types: ['.png', '.txt'] } },
      owner: { limits: { upload_types: ['*'] } },
    },
  }
}

let world: World
let heard = 0
beforeAll(async () => {
  world = await createWorld({ config: limited })
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => {
  heard = world.practice.requests.length
})

const boundary = 'half-a-form'
const uploadsHeard = () => world.practice.requests.slice(heard).filter(({ url }) => url.startsWith('/upload/'))

/** Everything below the tenant's input folder. */
function onDisk(person: Person): readonly string[] {
  const folder = join(world.practice.baseDirectory, 'input', person.folderKey)
  return existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).sort() : []
}

async function listed(person: Person): Promise<string> {
  const lists = ['/internal/files/input', '/object_info/LoadImage']
  return (await Promise.all(lists.map(async (path) => (await person.fetch(path)).text()))).join('\n')
}

interface Begun {
  readonly request: ClientRequest
  /** Whether ComfyUI waits for no more of it. */
  readonly isLetGo: () => Promise<true | undefined>
}

/** A form of unknown length whose file has begun, at ComfyUI too. */
async function begins(person: Person, filename: string): Promise<Begun> {
  const request = httpRequest(`${world.address}/upload/image`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${person.key}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'transfer-encoding': 'chunked',
    },
  })
  request.on('error', () => undefined)
  request.write(
    `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="${filename}"\r\nContent-Type: image/png\r\n\r\n`,
  )
  const arrived = arrivesAtComfyui()
  request.write(Buffer.alloc(64 * 1024, 1))
  const { socket } = await arrived
  return { request, isLetGo: async () => (socket.destroyed ? true : undefined) }
}

/** Node tells of every request that any server of this process begins to read. */
function arrivesAtComfyui(): Promise<IncomingMessage> {
  const channel = 'http.server.request.start'
  return new Promise((resolve) => {
    const hear = (message: unknown): void => {
      const { request } = parseRecord(message)
      if (!(request instanceof IncomingMessage) || request.socket.localPort !== world.practice.port) return
      if (request.url?.startsWith('/upload/') !== true) return
      unsubscribe(channel, hear)
      resolve(request)
    }
    subscribe(channel, hear)
  })
}

async function answerOf(request: ClientRequest): Promise<{ status: number | undefined; body: string }> {
  const [response]: IncomingMessage[] = await once(request, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response ?? []) chunks.push(chunk)
  return { status: response?.statusCode, body: Buffer.concat(chunks).toString('utf8') }
}

describe('what may be uploaded depends on the role', () => {
  it.each([
    ['a.png', 200],
    ['a.PNG', 200],
    ['a.b.txt', 200],
    ['a.html', 415],
    ['a.png.html', 415],
    ['a.safetensors', 415],
    ['png', 415],
    ['.png.', 400],
    ['a.png\u0000.html', 400],
  ])('%j by its ending: %i', async (filename, expected) => {
    const image = await world.alice.uploads(filename, onePixel)
    expect(image.status).toBe(expected)
    if (expected !== 200) expect(uploadsHeard()).toEqual([])
    const text = await image.text()
    if (expected === 415) {
      expect(parseRecord(parseRecord(JSON.parse(text)).error)).toMatchObject({
        type: 'upload_type_refused',
        message: expect.stringMatching(/allowed are \.png, \.txt\. .*limits\.upload_types/),
      })
      const masked = new FormData()
      masked.append('image', new Blob([onePixel], { type: 'image/png' }), filename)
      masked.append('original_ref', JSON.stringify({ filename: 'a.png', type: 'input' }))
      expect((await world.alice.fetch('/upload/mask', { method: 'POST', body: masked })).status).toBe(415)
      expect((await world.olga.uploads(filename, onePixel)).status).toBe(200)
    }
  })

  it('and so does how large it may be, announced or not', async () => {
    const large = new Uint8Array(limitBytes + 1)
    const announced = await world.alice.uploads('large.png', large)
    expect([announced.status, (await announced.text()).includes('body_too_large')]).toEqual([413, true])
    expect((await world.olga.uploads('large.png', large)).status).toBe(200)
    const { request } = await begins(world.alice, 'late.png')
    request.end(Buffer.concat([large, Buffer.from(`\r\n--${boundary}--\r\n`)]))
    expect((await answerOf(request)).status).toBe(413)
    expect(onDisk(world.alice)).not.toContain('late.png')
    expect(await listed(world.alice)).not.toContain('late.png')
  })
})

describe('a broken upload leaves nothing', () => {
  const partly = (name: string) => [...onDisk(world.alice), ...onDisk(world.bob)].filter((file) => file.includes(name))

  it('when the client goes half-way', async () => {
    const { request, isLetGo } = await begins(world.alice, 'gone.png')
    request.destroy()
    await until(isLetGo)
    expect(partly('gone')).toEqual([])
    expect(await listed(world.alice)).not.toContain('gone.png')
  })

  it('when a field after the file is refused', async () => {
    const { request, isLetGo } = await begins(world.alice, 'wrong.png')
    request.end(
      `\r\n--${boundary}\r\nContent-Disposition: form-data; name="subfolder"\r\n\r\n../${world.bob.folderKey}\r\n--${boundary}--\r\n`,
    )
    expect((await answerOf(request)).status).toBe(400)
    await until(isLetGo)
    expect(partly('wrong')).toEqual([])
    expect(await listed(world.alice)).not.toContain('wrong.png')
  })

  it('when ComfyUI goes half-way, and the next one arrives', async () => {
    const { request } = await begins(world.alice, 'half.png')
    await world.practice.stop()
    request.end(`\r\n--${boundary}--\r\n`)
    const { status, body } = await answerOf(request)
    expect([status, body.includes('comfyui_down')]).toEqual([503, true])
    await world.practice.resume()
    expect(partly('half')).toEqual([])
    expect(await listed(world.alice)).not.toContain('half.png')
    expect((await world.alice.uploads('half.png', onePixel)).status).toBe(200)
    expect(await listed(world.alice)).toContain('half.png')
  })
})

describe('no answer to an upload tells what another tenant has', () => {
  const named = async (person: Person, filename: string, bytes: Uint8Array) =>
    parseRecord(await (await person.uploads(filename, bytes)).json())

  it('whether the same name holds the same bytes, other bytes, or nothing', async () => {
    const other = Uint8Array.from([...onePixel, 0])
    expect(await named(world.alice, 'secret.png', onePixel)).toEqual({
      name: 'secret.png',
      subfolder: '',
      type: 'input',
    })
    expect((await named(world.alice, 'secret.png', onePixel)).name).toBe('secret.png')
    expect((await named(world.ann, 'secret.png', other)).name).toBe('secret (1).png')
    for (const bytes of [onePixel, other]) {
      const filename = `secret${bytes === other ? '-2' : ''}.png`
      expect(await named(world.bob, filename, bytes)).toEqual({ name: filename, subfolder: '', type: 'input' })
    }
    expect(onDisk(world.bob)).toEqual(expect.arrayContaining(['secret-2.png', 'secret.png']))
  })
})

describe('a name is kept as it is, or refused whole', () => {
  it.each([
    '.hidden.png',
    'x~1.png',
    '%date:yyyy-MM-dd%.png',
    '%year%_%month%.png',
    'A.png',
    'a.PNG',
    '\u00e9.png',
    'e\u0301.png',
    '\u0430.png',
    '\u200d\ufe0f.png',
    '[output].png',
    'a [temp].png',
    "it's (1) & more; x=1.png",
    '18446744073709551615.png',
    `${'x'.repeat(251)}.png`,
    'console.png',
  ])('%j is one name, next to those that look alike', async (filename) => {
    const reply = await world.alice.uploads(filename, Buffer.from(filename), { subfolder: 'names' })
    expect(await reply.json()).toEqual({ name: filename, subfolder: 'names', type: 'input' })
    expect(onDisk(world.alice)).toContain(join('names', filename))
    const query = new URLSearchParams({ type: 'input', subfolder: 'names', filename })
    const shown = await world.alice.fetch(`/view?${query}`)
    expect([shown.status, await shown.text()]).toEqual([200, filename])
    expect((await world.bob.fetch(`/view?${query}`)).status).toBe(404)
  })

  it.each([
    'x.png.',
    'x.png ',
    'CON.png',
    'nul.txt',
    'COM\u00b9.png',
    'lpt1.a.png',
    'C:x.png',
    '~root.png',
    'x\u0001.png',
    'x\u2028.png',
    '..\uff0fx.png',
    '\uff0e\uff0e',
    '\u2025.png',
    '..',
    '.',
    `${'x'.repeat(252)}.png`,
    `${'\u00e9'.repeat(126)}.png`,
  ])('%j is none', async (filename) => {
    const before = onDisk(world.alice)
    expect((await world.alice.uploads(filename, onePixel)).status).toBe(400)
    expect((await world.alice.uploads('x.png', onePixel, { subfolder: `names/${filename}` })).status).toBe(400)
    expect(onDisk(world.alice)).toEqual(before)
    expect(uploadsHeard().filter(({ body }) => body.toString().trimEnd().endsWith('--'))).toEqual([])
  })
})
