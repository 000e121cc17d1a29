import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { findRefusedName, guardContent } from './guard-content.ts'

const limits = {
  maxPictureMegapixels: 1,
  maxFramesMegapixels: 4,
  maxCaptionBytes: 1000,
  maxUploadBytes: 10_000,
  allowPickles: ['input/*.npz'],
}

/** The code of the refusal; undefined when every byte came through, in chunks of `size`. */
async function refusal(bytes: Buffer, size = bytes.length, filename = 'x.dat'): Promise<string | undefined> {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
  try {
    expect(await buffer(guardContent(Readable.from(chunks), filename, limits))).toEqual(bytes)
    return undefined
  } catch (error) {
    return Object(error).code ?? String(error)
  }
}

const be = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value].map((byte) => byte & 255))
const le = (value: number, bytes: number) =>
  Buffer.from(Array.from({ length: bytes }, (_, at) => (value >>> (8 * at)) & 255))
const text = (value: string) => Buffer.from(value, 'latin1')
const pngChunk = (type: string, data: Buffer) => Buffer.concat([be(data.length), text(type), data, be(0)])

function png(width: number, height: number, frames = 0): Buffer {
  return Buffer.concat([
    text('\x89PNG\r\n\x1a\n'),
    pngChunk('IHDR', Buffer.concat([be(width), be(height), Buffer.alloc(5)])),
    pngChunk('tEXt', Buffer.alloc(3000)),
    ...Array.from({ length: frames }, () => pngChunk('fcTL', Buffer.alloc(26))),
    pngChunk('IDAT', Buffer.alloc(50)),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

function gif(width: number, height: number, frames: number): Buffer {
  const frame = Buffer.concat([
    text('\x21\xf9\x04\0\0\0\0\0'),
    text('\x2c\0\0\0\0\x01\0\x01\0\x80'),
    Buffer.alloc(6),
    text('\x02\x02\x44\x01\0'),
  ])
  const head = Buffer.concat([text('GIF89a'), le(width, 2), le(height, 2), text('\x81\0\0'), Buffer.alloc(12)])
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), text('\x3b')])
}

const riff = (type: string, data: Buffer) =>
  Buffer.concat([text(type), le(data.length, 4), data, Buffer.alloc(data.length % 2)])

function webp(...chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([text('RIFF'), le(0, 4), text('WEBP'), ...chunks])
}

const canvas = (width: number, height: number) =>
  riff('VP8X', Buffer.concat([Buffer.alloc(4), le(width - 1, 3), le(height - 1, 3)]))
const frames = (count: number) => Array.from({ length: count }, () => riff('ANMF', Buffer.alloc(33)))

function jpeg(width: number, height: number): Buffer {
  const exif = Buffer.concat([text('\xff\xe1'), Buffer.from([0x10, 0x02]), Buffer.alloc(0x1000)])
  const frame = Buffer.from([0xff, 0xc2, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3])
  return Buffer.concat([text('\xff\xd8'), exif, exif, frame, Buffer.alloc(200)])
}

const bmp = (width: number, height: number) =>
  Buffer.concat([text('BM'), Buffer.alloc(12), le(40, 4), le(width, 4), le(height, 4), Buffer.alloc(50)])

describe('a picture', () => {
  const small: readonly (readonly [string, Buffer])[] = [
    ['PNG', png(1024, 1024)],
    ['animated PNG', png(512, 512, 16)],
    ['GIF', gif(1024, 1024, 1)],
    ['animated GIF', gif(512, 512, 16)],
    ['WebP', webp(canvas(1024, 1024), riff('VP8L', Buffer.from([0x2f, 0, 0, 0, 0, 0])))],
    ['animated WebP', webp(canvas(512, 512), ...frames(16))],
    ['JPEG', jpeg(1024, 1024)],
    ['BMP', bmp(1024, -1024)],
    ['broken PNG', png(64, 64).subarray(0, 40)],
    ['broken GIF', gif(64, 64, 2).subarray(0, 30)],
    ['broken JPEG', Buffer.concat([text('\xff\xd8\xff\xe0\0\0'), Buffer.alloc(50)])],
    ['other file', Buffer.alloc(5000, 7)],
    ['empty file', Buffer.alloc(0)],
  ]
  const large: readonly (readonly [string, Buffer])[] = [
    ['PNG', png(1025, 1024)],
    ['PNG of all pixels', png(0xffffffff, 0xffffffff)],
    ['animated PNG', png(512, 512, 17)],
    ['GIF', gif(1025, 1024, 1)],
    ['animated GIF of tiny frames', gif(512, 512, 17)],
    ['WebP', webp(canvas(1025, 1024), riff('VP8 ', Buffer.alloc(20)))],
    [
      'WebP without a canvas',
      webp(riff('VP8L', Buffer.concat([Buffer.from([0x2f]), le((1024 << 14) | 1024, 4), Buffer.alloc(1)]))),
    ],
    ['lossy WebP without a canvas', webp(riff('VP8 ', Buffer.concat([Buffer.alloc(6), le(1025, 2), le(1024, 2)])))],
    ['animated WebP', webp(canvas(512, 512), ...frames(17))],
    ['JPEG', jpeg(1025, 1024)],
    ['BMP', bmp(1025, -1024)],
  ]

  it.each(small)('that fits comes through as it is: %s', async (_, bytes) => {
    for (const size of [1, 7, 4096]) expect(await refusal(bytes, size)).toBeUndefined()
  })

  it.each(large)('that unpacks to too much is refused, however it arrives: %s', async (_, bytes) => {
    for (const size of [1, 7, 4096]) expect(await refusal(bytes, size)).toBe('upload_too_many_pixels')
  })
})

describe('a list of other files', () => {
  it.each([
    '#EXTM3U\n#EXTINF:10,\n../other/secret.mp4\n',
    'ffconcat version 1.0\nfile self.mp4\n',
    '\ufeff#EXTM3U\n',
    'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n',
    's=x\r\nc=IN IP4 127.0.0.1\r\n',
    '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">',
    '[Reference]\nRef1=http://127.0.0.1/\n',
    'rtsp://127.0.0.1/',
  ])('is refused, whatever it is called: %j', async (content) => {
    for (const size of [1, 5, 4096]) expect(await refusal(Buffer.from(content), size)).toBe('upload_type_refused')
  })

  const id3 = (length: number) =>
    Buffer.concat([text('ID3\x04\0\0'), Buffer.from([0, 0, length >> 7, length & 127]), Buffer.alloc(length)])

  it.each<[string, Buffer]>([
    ['behind a tag', Buffer.concat([id3(3000), text('#EXTM3U\n')])],
    ['behind two tags', Buffer.concat([id3(10), id3(2000), text('ffconcat version 1.0\nfile a.png\n')])],
    ['behind many lines', text(`${'a=b\n'.repeat(20_000)}c=IN IP4 127.0.0.1\n`)],
    ['behind a comment', text(`<?xml version="1.0"?><!--${'x'.repeat(100_000)}--><MPD xmlns="urn:mpeg:dash">`)],
    ['behind blanks', text(`${' '.repeat(50_000)}#EXTM3U\n`)],
    ['before something binary', Buffer.concat([text('#EXTM3U\n'), Buffer.alloc(2_000_000)])],
  ])('is refused %s, as far as FFmpeg looks', async (_, bytes) => {
    expect(await refusal(bytes, 4096)).toBe('upload_type_refused')
  })

  it('is not every text, and nothing that stands behind bytes', async () => {
    expect(await refusal(Buffer.from('My notes on #EXTM3U and ffconcat'))).toBeUndefined()
    expect(await refusal(Buffer.concat([text('RIFF\0\0\0\0'), text('\nc=IN IP4 127.0.0.1\n')]))).toBeUndefined()
    expect(await refusal(Buffer.concat([id3(3000), text('\xff\xfb\x90\0 sound')]))).toBeUndefined()
  })
})

describe('a packed file', () => {
  const most = 4 * limits.maxUploadBytes
  const [small, large] = [gzipSync(Buffer.alloc(most)), gzipSync(Buffer.alloc(most + 1))]
  // FHCRC with a checksum that fits nothing, which Python does not look at (gzip.py _read_gzip_header).
  const unchecked = Buffer.concat([
    small.subarray(0, 3),
    Buffer.from([2]),
    small.subarray(4, 10),
    text('??'),
    small.subarray(10),
  ])

  it.each<[string, Buffer]>([
    ['that fits', small],
    ['of several members', Buffer.concat([gzipSync(text('a')), gzipSync(text('b'))])],
    ['of nothing', gzipSync(Buffer.alloc(0))],
  ])('comes through as it is: one %s', async (_, bytes) => {
    for (const size of [1, 7, 4096]) expect(await refusal(bytes, size)).toBeUndefined()
  })

  it.each<[string, Buffer]>([
    ['that unpacks to too much', large],
    ['that unpacks to a thousand times as much', gzipSync(Buffer.alloc(30_000_000))],
    ['of several members that are too much together', Buffer.concat([small, small])],
    ['of a member behind zeros', Buffer.concat([gzipSync(text('a')), Buffer.alloc(9), large])],
    ['with something behind its end', Buffer.concat([small, text('more')])],
    ['with a head that only Python reads', unchecked],
    ['that is damaged', Buffer.from(small.map((byte, at) => (at === 20 ? byte ^ 0xff : byte)))],
    ['that is cut off', small.subarray(0, -9)],
  ])('is refused: one %s', async (_, bytes) => {
    for (const size of [1, 7, 4096]) expect(await refusal(Buffer.from(bytes), size)).toBe('upload_type_refused')
  })
})

describe('a file of splats in sections', () => {
  interface Section {
    readonly count?: number
    readonly most?: number
    readonly lengths?: readonly number[]
  }
  const section = ({ count = 10, most = 10, lengths = [4, 6] }: Section) =>
    Buffer.concat([
      ...[le(count, 4), le(most, 4), le(256, 4), le(2, 4), le(0, 4), le(12, 2), Buffer.alloc(14)],
      ...[le(lengths.length, 4), le(0, 2), Buffer.alloc(982)],
    ])
  const ksplat = (sections: readonly Section[], version = 1, level = 1) =>
    Buffer.concat([
      ...[Buffer.from([0, version, 0, 0]), le(sections.length, 4), Buffer.alloc(12), le(level, 2), Buffer.alloc(4074)],
      ...sections.map(section),
      ...sections.map(({ most = 10, lengths = [4, 6] }) =>
        Buffer.concat([...lengths.map((length) => le(length, 4)), Buffer.alloc(24 + 24 * most)]),
      ),
    ])

  it.each<[string, Buffer]>([
    ['one', ksplat([{}])],
    ['several', ksplat([{}, { most: 50, lengths: [10] }, { count: 0, lengths: [] }])],
    ['none', ksplat([])],
    ['another file that begins alike', Buffer.concat([Buffer.from([0, 1, 0, 0]), Buffer.alloc(5000, 0x7f)])],
  ])('comes through as it is: %s', async (_, bytes) => {
    for (const size of [1, 7, 4096]) expect(await refusal(bytes, size)).toBeUndefined()
  })

  it.each<[string, Buffer]>([
    ['that makes places of four bytes', ksplat([{ lengths: [0xffffffff, 0xffffffff] }])],
    ['that makes more places than it has splats', ksplat([{}, { lengths: [4, 7] }])],
    ['that lie over each other', ksplat([{ count: 10, most: 0 }])],
    ['in a crowd', Buffer.concat([ksplat([]).subarray(0, 4), le(0xffffffff, 4), ksplat([]).subarray(8)])],
  ])('is refused: sections %s', async (_, bytes) => {
    for (const size of [1, 7, 4096]) expect(await refusal(bytes, size)).toBe('upload_type_refused')
  })

  it('is known by its name as well', async () => {
    const bytes = ksplat([{ count: 10, most: 0 }], 0)
    expect(await refusal(bytes, 4096)).toBeUndefined()
    expect(await refusal(bytes, 4096, 'x.KSPLAT')).toBe('upload_type_refused')
  })
})

describe('a text', () => {
  it('is no longer than what a text encoder reads, for it can be a caption', async () => {
    expect(await refusal(Buffer.alloc(1000, 0x61), 7, 'x.txt')).toBeUndefined()
    expect(await refusal(Buffer.alloc(1001, 0x61), 7, 'x.TXT')).toBe('body_too_large')
    expect(await refusal(Buffer.alloc(1001, 0x61), 7, 'x.dat')).toBeUndefined()
  })
})

describe('a name', () => {
  it.each(['x.ckpt', 'X.PT', 'x.pth', 'x.bin', 'x.pkl', 'a.safetensors.pt', 'x.m3u8', 'x.M3U', 'x.sdp', 'x.ffconcat'])(
    'is refused: %s',
    (name) => {
      expect(findRefusedName(name, limits)?.code).toBe('upload_type_refused')
    },
  )

  it.each(['x.png', 'x.mp4', 'x.safetensors', 'x.glb', 'x.txt', 'pt', 'x.latent', 'admitted.npz'])(
    'is fine: %s',
    (name) => {
      expect(findRefusedName(name, limits)).toBeUndefined()
    },
  )
})
