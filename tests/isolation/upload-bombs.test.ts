/**
 * A few kilobytes that unpack to gigabytes end the ComfyUI of everybody when a node opens them: pictures, animations and
 * videos of huge sides, packed splats, texts that lead a decoder to other files. Each is sent through the door, and a
 * practice ComfyUI tells what arrived.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Person, parseRecord } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let heard = 0
beforeAll(async () => {
  world = await createWorld({ config: (config) => ({ ...config, limits: { ...config.limits, upload: 1_000_000 } }) })
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => {
  heard = world.practice.requests.length
})

function number(value: number, bytes: number, isLittle = false): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64BE(BigInt(value))
  const end = buffer.subarray(8 - bytes)
  return isLittle ? end.reverse() : end
}
const be = (value: number, bytes = 4) => number(value, bytes)
const le = (value: number, bytes = 4) => number(value, bytes, true)
const bytes = (...parts: readonly (Buffer | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)))
const zeros = (count: number) => Buffer.alloc(count)
const times = (count: number, part: Buffer) => Buffer.concat(Array<Buffer>(count).fill(part))

const chunk = (type: string, data: Buffer) => bytes(be(data.length), type, data, zeros(4))
const png = (side: number, frames = 0) =>
  bytes(
    '\x89PNG\r\n\x1a\n',
    chunk('IHDR', bytes(be(side), be(side), '\x08\x02\0\0\0')),
    times(frames, chunk('fcTL', zeros(26))),
    chunk('IDAT', deflateSync(zeros(Math.min(side * (side * 3 + 1), 1_000_000)))),
    chunk('IEND', zeros(0)),
  )
const gif = (side: number, frames: number) =>
  bytes(
    ...['GIF89a', le(side, 2), le(side, 2), '\x80\0\0', zeros(6)],
    times(frames, bytes('\x2c', zeros(4), le(1, 2), le(1, 2), '\0', '\x02\x02\x44\x01\0')),
    '\x3b',
  )
const webp = (side: number, frames: number) =>
  bytes(
    ...['RIFF', le(0), 'WEBPVP8X', le(10), '\x02\0\0\0', le(side - 1, 3), le(side - 1, 3)],
    times(frames, bytes('ANMF', le(24), zeros(24))),
  )
const entry = (tag: number, value: number) => bytes(le(tag, 2), le(4, 2), le(1), le(value))
const tiff = (side: number) => bytes('II*\0', le(8), le(2, 2), entry(256, side), entry(257, side), le(0), zeros(500))
const jpeg = (side: number) =>
  bytes('\xff\xd8\xff\xc2\0\x0b\x08', be(side, 2), be(side, 2), zeros(4), '\xff\xda\0\x02', zeros(99), '\xff\xd9')
const box = (type: string, ...inside: readonly Buffer[]): Buffer => {
  const content = bytes(...inside)
  return bytes(be(content.length + 8), type, content)
}
const mp4 = (side: number) => {
  const sample = box('avc1', zeros(24), be(side, 2), be(side, 2), zeros(50))
  const track = box('trak', box('mdia', box('minf', box('stbl', box('stsd', zeros(8), sample)))))
  return bytes(box('ftyp', bytes('isom')), box('mdat', zeros(500)), box('moov', track))
}
const element = (id: string, content: Buffer) => bytes(id, '\x01', be(content.length, 7), content)
const webm = (side: number) => {
  const video = element('\xe0', bytes('\xb0\x82', be(side, 2), '\xba\x82', be(side, 2)))
  return bytes(
    '\x1aE\xdf\xa3\x84abcd',
    element('\x18\x53\x80\x67', element('\x16\x54\xae\x6b', element('\xae', video))),
  )
}

type Bomb = readonly [what: string, name: string, content: Buffer]

const bombs: readonly Bomb[] = [
  ['a PNG of 900 megapixels', 'b.png', png(30_000)],
  ['an APNG of 2,000 frames', 'b.png', png(2_048, 2_000)],
  ['300 PNGs behind each other', 'b.png', times(300, png(4_096).subarray(0, 3_000))],
  ['a PNG that says it is a text', 'b.txt', png(30_000)],
  ['a GIF of 64 megapixels in 100 frames', 'b.gif', gif(8_192, 100)],
  ['a WebP of 64 megapixels in 100 frames', 'b.webp', webp(8_192, 100)],
  ['a TIFF of 4,000 megapixels', 'b.tiff', tiff(65_000)],
  ['a progressive JPEG of 4,000 megapixels', 'b.jpg', jpeg(65_000)],
  ['100 JPEGs behind each other', 'b.jpg', times(100, jpeg(8_000))],
  ['a BMP of 900 megapixels', 'b.bmp', bytes('BM', zeros(12), le(40), le(30_000), le(30_000), zeros(99))],
  ['a PSD of 900 megapixels', 'b.psd', bytes('8BPS', zeros(10), be(30_000), be(30_000), zeros(99))],
  ['a Radiance picture of 900 megapixels', 'b.hdr', bytes('#?RADIANCE\n\n-Y 30000 +X 30000\n', zeros(99))],
  ['an MP4 of 256 megapixels', 'b.mp4', mp4(16_000)],
  ['an MP4 that says it is a picture', 'b.png', mp4(16_000)],
  ['a WebM of 256 megapixels', 'b.webm', webm(16_000)],
]

const others: readonly (readonly [...Bomb, code: string])[] = [
  ['packed splats of 50 megabytes', 'b.spz', gzipSync(zeros(50_000_000)), 'upload_type_refused'],
  ['packed splats that say they are a picture', 'b.png', gzipSync(zeros(50_000_000)), 'upload_type_refused'],
  [
    'a playlist behind a tag',
    'b.mp3',
    bytes('ID3\x04\0\0\0\0\x08\0', zeros(1_024), '#EXTM3U\n/etc/x.mp4'),
    'upload_type_refused',
  ],
  ['a text of a megabyte beside pictures', 'b.txt', Buffer.alloc(500_000, 0x61), 'body_too_large'],
]

const fair: readonly Bomb[] = [
  ['a PNG', 'fair.png', png(512)],
  ['an APNG', 'fair.png', png(512, 20)],
  ['a GIF', 'fair.gif', gif(1_024, 20)],
  ['a WebP', 'fair.webp', webp(1_024, 20)],
  ['a TIFF', 'fair.tiff', tiff(4_000)],
  ['a JPEG', 'fair.jpg', jpeg(8_000)],
  ['an MP4', 'fair.mp4', mp4(3_840)],
  ['a WebM', 'fair.webm', webm(3_840)],
  ['packed splats', 'fair.spz', gzipSync(zeros(3_000_000))],
  ['a text', 'fair.txt', Buffer.alloc(5_000, 0x61)],
]

/** Uploads that ComfyUI got whole; one that was given up half-way leaves nothing there. */
function sealed(): number {
  const uploads = world.practice.requests.slice(heard).filter(({ url }) => url.startsWith('/upload/'))
  return uploads.filter(({ body }) => body.toString('latin1').trimEnd().endsWith('--')).length
}

const kept = () => readdirSync(join(world.practice.baseDirectory, 'input'), { recursive: true }).map(String).sort()

async function send(person: Person, path: string, name: string, content: Buffer): Promise<Response> {
  const form = new FormData()
  form.append('image', new Blob([Uint8Array.from(content)]), name)
  form.append('overwrite', 'true')
  return person.fetch(path, { method: 'POST', body: form })
}

describe('a bomb', () => {
  const all = [...bombs.map((bomb) => [...bomb, 'upload_too_many_pixels'] as const), ...others]

  it.each(all)('leaves nothing in ComfyUI: %s', async (_what, name, content, code) => {
    expect(content.length).toBeLessThan(1_000_000)
    const before = kept()
    for (const path of ['/upload/image', '/api/upload/image']) {
      const answer = await send(world.alice, path, name, content)
      expect([answer.status >= 400, parseRecord(parseRecord(await answer.json()).error).type]).toEqual([true, code])
    }
    expect(sealed()).toBe(0)
    expect(kept()).toEqual(before)
    expect((await world.alice.fetch(`/view?type=input&filename=${name}`)).status).toBe(404)
  })
})

describe('what is no bomb', () => {
  it.each(fair)('arrives whole: %s', async (_what, name, content) => {
    expect(await (await send(world.alice, '/upload/image', name, content)).json()).toMatchObject({ name })
    expect(sealed()).toBe(1)
    const shown = await world.alice.fetch(`/view?type=input&filename=${name}`)
    expect(Buffer.from(await shown.arrayBuffer()).equals(content)).toBe(true)
  })
})
