/**
 * A form is read by two parsers, and its file name by two systems: ComfyUI joins `filename` unsanitised, lets
 * `filename*` override it, takes the first of two fields, and copies whatever `original_ref` names, pixels and workflow,
 * into a file of the caller (A20 to A22). Raw forms try each of these against another tenant's picture.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { onePixel } from '../support/graphs.ts'
import { parseRecord } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'
import { ask, type Reply, twins } from './ask.ts'

let world: World
let heard = 0
beforeAll(async () => {
  world = await createWorld()
  await world.alice.uploads('alice.png', onePixel)
  await world.bob.uploads('bob.png', onePixel)
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => {
  heard = world.practice.requests.length
})

const boundary = 'forged-boundary'
type Part = readonly [disposition: string, body: string, more?: string]

function form(parts: readonly Part[], end = `--${boundary}--\r\n`): Buffer {
  const text = parts.map(
    ([disposition, body, more = '']) =>
      `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${body}\r\n`,
  )
  return Buffer.from(`${text.join('')}${end}`, 'latin1')
}

const file = (name: string): Part => [`name="image"; filename="${name}"`, 'pixels', 'Content-Type: image/png\r\n']
const field = (name: string, value: string): Part => [`name="${name}"`, value]

async function sends(
  path: string,
  parts: readonly Part[],
  type = `multipart/form-data; boundary=${boundary}`,
): Promise<Reply> {
  const headers = { authorization: `Bearer ${world.bob.key}`, 'content-type': type }
  return ask(world, 'POST', path, { headers, body: form(parts) })
}

const places = () => readdirSync(join(world.practice.baseDirectory, 'input'), { recursive: true }).map(String).sort()

/** Forms that ComfyUI got whole; a form that was given up half-way leaves nothing there. */
function sealed(): readonly string[] {
  const uploads = world.practice.requests.slice(heard).filter(({ url }) => url.startsWith('/upload/'))
  return uploads.map(({ body }) => body.toString('latin1')).filter((body) => body.trimEnd().endsWith('--'))
}

const key = () => world.alice.folderKey

describe('a form that could be read in two ways is refused whole', () => {
  it.each<[string, () => readonly Part[]]>([
    ['two subfolders', () => [file('x.png'), field('subfolder', 'a'), field('subfolder', `../${key()}`)]],
    ['two types', () => [field('type', 'input'), file('x.png'), field('type', 'output')]],
    ['two overwrites', () => [field('overwrite', 'false'), file('x.png'), field('overwrite', 'true')]],
    ['two files', () => [file('x.png'), file('y.png')]],
    ['a file in another field', () => [[`name="mask"; filename="x.png"`, 'p']]],
    ['a second file in another field', () => [file('x.png'), [`name="extra"; filename="../${key()}/y.png"`, 'p']]],
    ['a file that is a plain field', () => [field('image', 'pixels')]],
    ['a file and a plain field of its name', () => [file('x.png'), field('image', 'pixels')]],
    ['no file', () => [field('subfolder', 'a')]],
    ['a type of output', () => [file('x.png'), field('type', 'output')]],
    ['a type that is none', () => [file('x.png'), field('type', 'models')]],
    ['a type in another case', () => [file('x.png'), field('type', 'OUTPUT')]],
    ['a subfolder of another tenant by a way up', () => [file('x.png'), field('subfolder', `../${key()}`)]],
    ['a way up behind a folder', () => [file('x.png'), field('subfolder', `a/../../${key()}`)]],
    ['an absolute subfolder', () => [file('x.png'), field('subfolder', `/${key()}`)]],
    ['a subfolder with a backslash', () => [file('x.png'), field('subfolder', `..\\${key()}`)]],
    ['a subfolder with a null byte', () => [file('x.png'), field('subfolder', 'a\0b')]],
    [
      'a subfolder of full-width dots',
      () => [file('x.png'), ['name="subfolder"', Buffer.from('\uff0e\uff0e/x').toString('latin1')]],
    ],
    ['a subfolder that FFmpeg takes for every folder', () => [file('x.png'), field('subfolder', '%{..,x%}/%*')]],
    ['a name that FFmpeg takes for every file', () => [file('%*.png')]],
    ['a name of dots', () => [file('..')]],
    ['an empty name', () => [file('')]],
    ['a name of a device', () => [file('nul.png')]],
    ['a field of 70 kB', () => [file('x.png'), field('subfolder', 'a'.repeat(70_000))]],
    ['forty fields', () => [file('x.png'), ...Array.from({ length: 40 }, (_, index) => field(`f${index}`, 'x'))]],
  ])('%s', async (_what, parts) => {
    const before = places()
    for (const path of twins(['/upload/image'])) {
      const reply = await sends(path, parts())
      expect(reply.status).toBeGreaterThanOrEqual(400)
      expect(reply.status).toBeLessThan(500)
    }
    expect(sealed()).toEqual([])
    expect(places()).toEqual(before)
  })

  it.each([
    'application/x-www-form-urlencoded',
    'application/json',
    'multipart/mixed; boundary=x',
    'multipart/form-data',
    'text/plain',
    '',
  ])('a body of type "%s"', async (type) => {
    const reply = await sends('/upload/image', [file('x.png')], type)
    expect([400, 415]).toContain(reply.status)
    expect(sealed()).toEqual([])
  })

  it('a form that ends too early', async () => {
    const headers = {
      authorization: `Bearer ${world.bob.key}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
    }
    const reply = await ask(world, 'POST', '/upload/image', { headers, body: form([file('cut.png')], '') })
    expect(reply.status).toBe(400)
    expect(sealed()).toEqual([])
  })
})

describe('a file name is its last part, wherever it is written', () => {
  it.each<[string, () => string, string]>([
    ['a way up', () => `filename="../${key()}/alice.png"`, 'alice.png'],
    ['a way up with backslashes', () => `filename="..\\${key()}\\alice.png"`, 'alice.png'],
    ['a way up in filename*', () => `filename="a.png"; filename*=UTF-8''..%2F${key()}%2Falice.png`, 'alice.png'],
    [
      'a way up in filename* that comes first',
      () => `filename*=UTF-8''..%2F${key()}%2Falice.png; filename="a.png"`,
      'alice.png',
    ],
    ['an absolute name', () => `filename="/${key()}/alice.png"`, 'alice.png'],
    ['an annotation', () => `filename="alice.png [output]"`, 'alice.png [output]'],
  ])('%s', async (_what, disposition, expected) => {
    const reply = await sends('/upload/image', [[`name="image"; ${disposition()}`, 'mine'], field('overwrite', 'true')])
    // Where the two parsers differ about the name, a refusal is as good.
    expect([200, 400]).toContain(reply.status)
    if (reply.status === 200) expect([expected, 'a.png']).toContain(parseRecord(JSON.parse(reply.body)).name)
    for (const body of sealed()) {
      expect(body).toContain(`\r\n\r\n${world.bob.folderKey}\r\n`)
      expect(body).not.toContain(key())
    }
    const own = await world.alice.fetch('/view?type=input&filename=alice.png')
    expect(Buffer.from(await own.arrayBuffer())).toEqual(Buffer.from(onePixel))
  })

  it('whether a name exists for another tenant shows in no answer', async () => {
    const first = await sends('/upload/image', [file('alice.png')])
    const second = await sends('/upload/image', [file('never-was.png')])
    expect(JSON.parse(first.body)).toEqual({
      name: expect.stringMatching(/^alice( \(\d+\))?\.png$/),
      subfolder: '',
      type: 'input',
    })
    expect(JSON.parse(second.body)).toEqual({ name: 'never-was.png', subfolder: '', type: 'input' })
  })
})

describe('a mask is laid over an own picture', () => {
  const reference = (value: unknown) => field('original_ref', typeof value === 'string' ? value : JSON.stringify(value))
  it.each<[string, () => unknown]>([
    ['the name of another tenant', () => ({ filename: 'alice.png', type: 'input' })],
    ['the key of another tenant', () => ({ filename: 'alice.png', type: 'input', subfolder: key() })],
    ['a way up', () => ({ filename: 'alice.png', type: 'input', subfolder: `../${key()}` })],
    ['a way up in the name', () => ({ filename: `../${key()}/alice.png`, type: 'input' })],
    ['an annotation', () => ({ filename: `../${key()}/alice.png [input]`, type: 'output' })],
    ['two annotations', () => ({ filename: `../${key()}/alice.png [input] [output]`, type: 'temp' })],
    [
      'an absolute name',
      () => ({ filename: `${world.practice.baseDirectory}/input/${key()}/alice.png`, type: 'input' }),
    ],
    ['an asset hash', () => ({ filename: 'blake3:0000', type: 'input' })],
    ['a temp file of anybody', () => ({ filename: 'ComfyUI_temp_abcde_00001_.png', type: 'temp' })],
    ['a type that is none', () => ({ filename: 'alice.png', type: 'models' })],
    ['a list', () => ['alice.png']],
    ['no JSON', () => '{filename}'],
    ['a doubled member', () => `{"filename":"bob.png","filename":"../${key()}/alice.png","type":"input"}`],
    ['keys of JavaScript', () => '{"__proto__":{"filename":"alice.png"}}'],
  ])('%s', async (_what, value) => {
    for (const path of twins(['/upload/mask'])) {
      await sends(path, [file('mask.png'), reference(value())])
    }
    for (const body of sealed()) {
      const sent = parseRecord(JSON.parse(/name="original_ref"\r\n\r\n(.*)\r\n/.exec(body)?.[1] ?? '{}'))
      expect(['input', 'output']).toContain(sent.type)
      expect(`${String(sent.subfolder)}/`).toMatch(new RegExp(`^${world.bob.folderKey}/`))
      expect(body).not.toContain('..')
      expect(body).not.toContain(`"${key()}`)
    }
    expect(existsSync(join(world.practice.baseDirectory, 'input', key(), 'mask.png'))).toBe(false)
  })
})
