/**
 * The graph is a program: fields that open or write files take names from literals, links, lists, wrappers and
 * annotations, and the body around it is parsed by rules of its own (A23, A24, A30, A32, A46). Each row of these tables
 * tries to leave the tenant's folder, or to be read differently here and in Python. None may reach ComfyUI as it is.
 */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { onePixel, savedPicture } from '../support/graphs.ts'
import { type Graph, parseRecord } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'
import { ask, type Reply, twins } from './ask.ts'

let world: World
let heard = 0
beforeAll(async () => {
  world = await createWorld()
  await world.alice.uploads('alice.png', onePixel)
  await world.bob.uploads('bob.png', onePixel)
  await (await world.alice.queues(savedPicture('alice-out'))).finishes()
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => {
  heard = world.practice.requests.length
})

/** Every graph that ComfyUI was sent since the test began. */
function posted(): readonly { readonly body: string; readonly prompt: Record<string, unknown> }[] {
  return world.practice.requests
    .slice(heard)
    .filter(({ method, url }) => method === 'POST' && url === '/prompt')
    .map(({ body }) => ({
      body: body.toString(),
      prompt: parseRecord(parseRecord(JSON.parse(body.toString())).prompt),
    }))
}

const send = (body: string | Buffer, headers: Record<string, string> = {}, path = '/prompt'): Promise<Reply> =>
  ask(world, 'POST', path, { headers: { authorization: `Bearer ${world.bob.key}`, ...headers }, body })

async function refused(graph: unknown, more: Record<string, unknown> = {}): Promise<void> {
  for (const path of twins(['/prompt'])) {
    const reply = await send(JSON.stringify({ prompt: graph, ...more }), {}, path)
    expect([reply.status, reply.body.slice(0, 300)]).toEqual([400, expect.any(String)])
  }
  expect(posted()).toEqual([])
}

const writing = (filename_prefix: unknown): unknown => ({
  '1': { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 1, color: 0 } },
  '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix } },
})
const reading = (image: unknown): unknown => ({
  '1': { class_type: 'LoadImage', inputs: { image } },
  '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
})

describe('a prefix stays below the own folder', () => {
  const key = () => world.alice.folderKey
  it.each<[string, () => unknown]>([
    ['a way up', () => `../${key()}/x`],
    ['a way up through a folder', () => `a/../../${key()}/x`],
    ['a way up behind a date', () => `%year%/../../${key()}/x`],
    ['the root', () => `/${key()}/x`],
    ['a backslash', () => `..\\${key()}\\x`],
    ['a drive', () => 'C:/x'],
    ['a dot dot at the end', () => 'x/..'],
    ['dots with a space', () => 'x/.. /y'],
    ['a null byte', () => 'x\0y'],
    ['a number', () => 5],
    ['null', () => null],
    ['an object', () => ({ filename: 'x' })],
    ['a wrapped text list', () => ({ __value__: ['a', 'b'] })],
    ['a wrapped link', () => ({ __value__: ['1', 0] })],
    ['a twice wrapped text', () => ({ __value__: { __value__: '../x' } })],
    ['a wrapped way up', () => ({ __value__: `../${key()}/x` })],
    ['a link to an image', () => ['1', 0]],
    ['a link that is none', () => ['1', 0, 0]],
    ['full-width dots', () => '\uff0e\uff0e/x'],
    ['a Windows device', () => 'con/x'],
    ['a home', () => '~root/x'],
  ])('%s', (_what, prefix) => refused(writing(prefix())))

  it('a constant text that is linked is judged like one that is typed', async () => {
    const linked = (value: string) => ({
      ...parseRecord(writing(['9', 0])),
      '9': { class_type: 'PrimitiveString', inputs: { value } },
    })
    await refused(linked('../up'))
    expect((await send(JSON.stringify({ prompt: linked('fine') }))).status).toBe(200)
    expect(posted()[0]?.body).toContain(`"filename_prefix":"${world.bob.folderKey}/fine"`)
  })

  it("knowing the key of another tenant leads into a folder of one's own", async () => {
    expect((await send(JSON.stringify({ prompt: writing(`${world.alice.folderKey}/x`) }))).status).toBe(200)
    expect(posted()[0]?.body).toContain(`"filename_prefix":"${world.bob.folderKey}/${world.alice.folderKey}/x"`)
  })
})

describe('a file that is read is an own one', () => {
  const key = () => world.alice.folderKey
  it.each<[string, () => unknown]>([
    ['a way up', () => `../${key()}/alice.png`],
    ['a way up with an annotation', () => `../${key()}/alice.png [input]`],
    ['an absolute path', () => `${world.practice.baseDirectory}/input/${key()}/alice.png`],
    ['another root by two annotations', () => `../${key()}/alice-out_00001_.png [output] [input]`],
    ['a temp file of anybody', () => 'ComfyUI_temp_abcde_00001_.png [temp]'],
    ['a way up out of temp', () => `../output/${key()}/alice-out_00001_.png [temp]`],
    ['a link', () => ['1', 0]],
    ['a list', () => ['a.png', 'b.png']],
    ['a wrapped way up', () => ({ __value__: `../${key()}/alice.png` })],
    ['a wrapped list', () => ({ __value__: ['a.png', 'b.png'] })],
    ['a backslash', () => `..\\${key()}\\alice.png`],
    ['a number', () => 1],
    ['nothing', () => ''],
  ])('%s', (_what, image) => refused(reading(image())))

  it.each([() => `${world.alice.folderKey}/alice.png`, () => 'alice.png', () => 'alice-out_00001_.png [output]'])(
    'a name of another tenant means an own file, which is not there',
    async (name) => {
      const reply = await send(JSON.stringify({ prompt: reading(name()) }))
      expect(reply.status).toBe(400)
      for (const { body } of posted()) expect(body).toContain(`"image":"${world.bob.folderKey}/`)
      expect(reply.body).not.toContain(world.bob.folderKey)
    },
  )
})

describe('a node is what the catalogue knows', () => {
  it.each([
    'NoSuchNode',
    'constructor',
    '__proto__',
    'toString',
    'CheckpointSave',
    'RegexReplace',
    'SaveImageDataSetToFolder',
  ])('%s does not run', async (class_type) => {
    await refused({ ...parseRecord(writing('x')), '9': { class_type, inputs: {} } })
  })

  it('and nothing beside class, inputs and title goes along', async () => {
    const node = {
      class_type: 'EmptyImage',
      inputs: { width: 8, height: 8, batch_size: 1, color: 0, _gatehouse: 'forged' },
      is_changed: 'x',
      _meta: { title: 't', evil: 1 },
      extra: 1,
    }
    const graph = { ...parseRecord(writing('meta')), '1': node }
    expect((await send(JSON.stringify({ prompt: graph }))).status).toBe(200)
    expect(posted()[0]?.body).not.toMatch(/forged|is_changed|evil|extra":1/)
  })
})

describe("ids and numbers are the sidecar's own", () => {
  it.each([
    { client_id: {} },
    { client_id: [] },
    { extra_data: { client_id: { a: 1 } } },
    { prompt_id: 'not-a-uuid' },
    { prompt_id: '../x' },
    { number: 'x' },
    { number: '1e999' },
    { extra_data: [] },
    { extra_data: { extra_pnginfo: { workflow: [] } } },
    { partial_execution_targets: 'abc' },
    { partial_execution_targets: [] },
  ])('%j is refused', async (more) => {
    await refused(writing('x'), more)
  })

  it('and what a client asks for reaches ComfyUI in no case', async () => {
    const more = {
      client_id: 'tab-of-alice',
      number: -1e9,
      front: true,
      prompt_id: '00000000-0000-4000-8000-000000000001',
    }
    expect((await send(JSON.stringify({ prompt: writing('ids'), ...more, unknown: 'member-of-client' }))).status).toBe(
      200,
    )
    const [sent] = posted()
    expect(sent?.body).not.toMatch(/tab-of-alice|-1000000000|00000000-0000-4000|member-of-client|"front"/)
  })
})

describe('a body is read as Python reads it, or not at all', () => {
  const good = JSON.stringify({ prompt: writing('body') })
  it.each<[string, string | Buffer, Record<string, string>, number]>([
    ['gzip', gzipSync(good), { 'content-encoding': 'gzip' }, 415],
    ['deflate', good, { 'content-encoding': 'deflate' }, 415],
    ['identity and gzip', good, { 'content-encoding': 'identity, gzip' }, 415],
    ['utf-16', Buffer.from(good, 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }, 415],
    ['utf-7', good, { 'content-type': 'application/json; charset=utf-7' }, 415],
    ['a quoted utf-7', good, { 'content-type': 'application/json; x=y; charset="utf-7"' }, 415],
    ['a byte order mark', `\ufeff${good}`, {}, 400],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), {}, 400],
    ['NaN', good.replace('"width":8', '"width":NaN'), {}, 400],
    ['Infinity', good.replace('"width":8', '"width":-Infinity'), {}, 400],
    ['a comment', `/* */${good}`, {}, 400],
    ['two values', `${good}${good}`, {}, 400],
    ['nothing', '', {}, 400],
    ['null', 'null', {}, 400],
    ['a list', `[${good}]`, {}, 400],
    ['a nest of 5000 lists', `${'['.repeat(5_000)}${']'.repeat(5_000)}`, {}, 400],
    ['a nest inside a value', good.replace('"color":0', `"color":${'['.repeat(500)}${']'.repeat(500)}`), {}, 400],
  ])('%s', async (_what, body, headers, status) => {
    const reply = await send(body, headers)
    expect(reply.status).toBe(status)
    expect(posted()).toEqual([])
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '', 'application/octet-stream'])(
    'JSON is JSON under the type "%s", and goes on as JSON',
    async (type) => {
      expect((await send(good, type === '' ? {} : { 'content-type': type })).status).toBe(200)
      const sent = world.practice.requests.slice(heard).find(({ method }) => method === 'POST')
      expect(sent?.headers['content-type']).toBe('application/json')
    },
  )

  it('doubled keys are one: the last, as in Python, and the first goes nowhere', async () => {
    const doubled = good.replace('"filename_prefix":"body"', '"filename_prefix":"../first","filename_prefix":"last"')
    expect((await send(doubled)).status).toBe(200)
    expect(posted()[0]?.body).not.toContain('first')
    const other = good.replace('"filename_prefix":"body"', '"filename_prefix":"first","filename_prefix":"../last"')
    expect((await send(other)).status).toBe(400)
  })

  it('keys that JavaScript knows are keys like any other', async () => {
    const polluting = `{"__proto__":{"prompt":1},"constructor":{"prototype":{"polluted":1}},${good.slice(1)}`
    expect((await send(polluting)).status).toBe(200)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    const node = good.replace('"1":{', '"__proto__":{"class_type":"EmptyImage","inputs":{}},"1":{')
    expect([200, 400]).toContain((await send(node)).status)
    for (const { prompt } of posted()) expect(Object.getPrototypeOf(prompt)).toBe(Object.prototype)
  })

  it('a seed keeps every digit', async () => {
    const seed = '18446744073709551615'
    expect((await send(good.replace('"color":0', `"color":0,"seed":${seed}`))).status).toBe(200)
    expect(posted()[0]?.body).toContain(`"seed":${seed}`)
  })
})

describe('two tenants with the same graph', () => {
  it('share no node id, no salt and no place', async () => {
    const graph: Graph = savedPicture('same')
    await (await world.alice.queues(graph)).finishes()
    await (await world.bob.queues(graph)).finishes()
    const [first, second] = posted()
    expect(Object.keys(first?.prompt ?? {}).some((id) => Object.hasOwn(second?.prompt ?? {}, id))).toBe(false)
    const salts = posted().map(
      ({ body }) => new Set([...body.matchAll(/"_gatehouse":"([^"]+)"/g)].map((match) => match[1])),
    )
    expect(salts.map((each) => each.size)).toEqual([1, 1])
    expect(salts[0]).not.toEqual(salts[1])
    for (const { prompt } of posted())
      for (const node of Object.values(prompt)) expect(JSON.stringify(node)).toContain('"_gatehouse"')
  })
})
