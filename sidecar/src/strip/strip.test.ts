import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Malformed } from './byte-reader.ts'
import { stripped } from './strip.ts'

/** Made with Pillow, PyAV and safetensors, each with a graph in every place where its format keeps a text. */
const folder = join(import.meta.dirname, '../../../tests/fixtures/made-by')
const graph = 'made-by-this-graph'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield Uint8Array.from(bytes.subarray(at, at + size))
}

async function strip(filename: string, bytes: Uint8Array, size = 4096): Promise<Buffer | undefined> {
  const parts = await stripped(filename, inPieces(bytes, size))
  if (parts === undefined) return undefined
  const kept: Buffer[] = []
  for await (const part of parts) kept.push(Buffer.from(part))
  return Buffer.concat(kept)
}

describe('a file without what says how it was made', () => {
  it.each(readdirSync(folder))('%s holds no graph, and however it comes in the same bytes', async (name) => {
    const bytes = readFileSync(join(folder, name))
    expect(bytes.toString('latin1')).toContain('class_type')
    const whole = await strip(name, bytes)
    expect(whole?.toString('latin1')).not.toContain('class_type')
    for (const size of [1, 7, 8192]) expect(await strip(name, bytes, size)).toEqual(whole)
  })

  it.each(['film.mp4', 'late.mp4', 'film.webm', 'film.mkv', 'sound.flac', 'sound.opus', 'still.webp', 'sample.latent'])(
    '%s keeps its size, so that places in it stay right',
    async (name) => {
      const bytes = readFileSync(join(folder, name))
      expect((await strip(name, bytes))?.length).toBe(bytes.length)
    },
  )

  it('keeps every part of a picture that is shown', async () => {
    const bytes = readFileSync(join(folder, 'moving.png'))
    const kept = await strip('moving.png', bytes)
    for (const type of ['IHDR', 'acTL', 'fcTL', 'IDAT', 'fdAT', 'IEND']) expect(kept?.includes(type)).toBe(true)
    expect(kept?.includes('comf')).toBe(false)
  })

  it('empties the texts of an EXR head', async () => {
    const attribute = (name: string, type: string, value: string) =>
      Buffer.concat([Buffer.from(`${name}\0${type}\0`), uint32(value.length), Buffer.from(value)])
    const head = Buffer.from('\x76\x2f\x31\x01\x02\0\0\0', 'latin1')
    const bytes = Buffer.concat([
      head,
      attribute('prompt', 'string', graph),
      attribute('compression', 'compression', 'Z'),
      Buffer.from('\0pixels'),
    ])
    const kept = await strip('x.exr', bytes)
    expect(kept?.length).toBe(bytes.length)
    expect(kept?.includes(graph)).toBe(false)
    expect(kept?.includes('compression\0compression\0\x01\0\0\0Z\0pixels')).toBe(true)
  })

  it('takes the extras out of a GLB and leaves its scene', async () => {
    const scene = Buffer.from(
      JSON.stringify({ asset: { version: '2.0', extras: { prompt: graph } }, scene: 0, extras: graph }),
    )
    const bytes = Buffer.concat([
      Buffer.from('glTF'),
      uint32(2),
      uint32(99),
      uint32(scene.length),
      Buffer.from('JSON'),
      scene,
      Buffer.from('BIN'),
    ])
    const kept = await strip('x.glb', bytes)
    expect(kept?.length).toBe(bytes.length)
    expect(JSON.parse(kept?.toString('utf8', 20, 20 + scene.length) ?? '')).toEqual({
      asset: { version: '2.0' },
      scene: 0,
    })
    expect(kept?.toString('utf8', 20 + scene.length)).toBe('BIN')
  })

  it('takes the metadata out of a drawing, even where a text pretends its end', async () => {
    const markup = `<svg><metadata><![CDATA[{"a":"</metadata>${graph}"}]]></metadata><!-- ${graph} --><path d="M0 0"/></svg>`
    expect((await strip('x.SVG', Buffer.from(markup)))?.toString()).toBe('<svg><path d="M0 0"/></svg>')
  })

  it.each(['notes.txt', 'cloud.ply'])('passes %s on, which is nothing but its text', async (name) => {
    expect((await strip(name, Buffer.from('v 1 2 3')))?.toString()).toBe('v 1 2 3')
  })

  it.each(['x.fbx', 'x.pdf', 'x.html', 'x', 'x.gif'])('does not know %s', async (name) => {
    expect(await strip(name, Buffer.from('GIF89a'))).toBeUndefined()
  })

  it.each([
    ['a PNG that ends early', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR', 'latin1')],
    [
      'a box that does not fit',
      Buffer.from('\0\0\0\x0cftypisom\0\0\0\x18moov\0\0\0\xffudta\0\0\0\0\0\0\0\0', 'latin1'),
    ],
    ['a still picture in a video container', Buffer.from('\0\0\0\x0cftypavif', 'latin1')],
    ['a head larger than any', Buffer.from('\xff\xff\xff\xff\xff\x0f\0\0{', 'latin1')],
    [
      'a JSON head that would take long to parse',
      Buffer.concat([uint32(5 * 2 ** 20), Buffer.alloc(4), Buffer.from('{'), Buffer.alloc(6 * 2 ** 20, 0x20)]),
    ],
    [
      'a list of tracks that would take long to read',
      Buffer.concat([
        Buffer.from('\x1a\x45\xdf\xa3\x80\x16\x54\xae\x6b\x10\x20\0\0', 'latin1'),
        Buffer.alloc(2 * 2 ** 20, '\xec\x80', 'latin1'),
      ]),
    ],
  ])('gives up on %s', async (_, bytes) => {
    await expect(strip('x', bytes)).rejects.toThrow(Malformed)
  })
})

describe('a drawing', () => {
  it.each(['<!--', '<![CDATA[', '<metadata '])(
    'is read once, however often %s stands in it without an end',
    async (opening) => {
      await expect(strip('x.svg', Buffer.from(opening.repeat(700_000)), 65_536)).rejects.toThrow(Malformed)
    },
  )

  it('loses each of its texts, whatever is inside them', async () => {
    const markup =
      '<svg><!-- <metadata> --><a/><METADATA\n>1<!-- </metadata>2 --></metadata ><b/><![CDATA[-->]]><c/></svg>'
    expect((await strip('x.svg', Buffer.from(markup)))?.toString()).toBe('<svg><a/><b/><c/></svg>')
  })
})

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
