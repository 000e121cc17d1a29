import { describe, expect, it } from 'vitest'
import { createPictureReader } from './picture-size.ts'

const be = (value: number, bytes = 4) => {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64BE(BigInt(value))
  return buffer.subarray(8 - bytes)
}
const le = (value: number, bytes = 4) => Buffer.from(be(value, bytes)).reverse()
const text = (value: string) => Buffer.from(value, 'latin1')
const join = (...parts: readonly (Buffer | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? text(part) : part)))
const zeros = (count: number) => Buffer.alloc(count)

/** What is told of a file, the same however it arrives. */
function look(bytes: Buffer, filename = 'x.dat'): { sizes: readonly string[]; pixels: number; isUnreadable: boolean } {
  const [whole, ...others] = [bytes.length || 1, 1, 7, 500].map((step) => {
    const told = { sizes: new Set<string>(), pixels: 0, isUnreadable: false }
    const reader = createPictureReader(
      {
        frame: (width, height) => told.sizes.add(`${width} x ${height}`),
        unpacked: (pixels) => {
          told.pixels = pixels
        },
        unreadable: () => {
          told.isUnreadable = true
        },
      },
      filename,
    )
    for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step))
    return { ...told, sizes: [...told.sizes] }
  })
  if (whole === undefined) throw new Error('nothing was looked at')
  for (const other of others) expect(other).toEqual(whole)
  return whole
}

const chunk = (type: string, data: Buffer) => join(be(data.length), type, data, zeros(4))
const png = (width: number, height: number) =>
  join(
    '\x89PNG\r\n\x1a\n',
    chunk('IHDR', join(be(width), be(height), zeros(5))),
    chunk('IDAT', zeros(9)),
    chunk('IEND', zeros(0)),
  )
const segment = (marker: number, data: Buffer) => join(Buffer.from([0xff, marker]), be(data.length + 2, 2), data)
const sof = (width: number, height: number, marker = 0xc0) =>
  segment(marker, join('\x08', be(height, 2), be(width, 2), zeros(4)))
const scan = join(segment(0xda, zeros(6)), 'coded \xff\0\xff\xd3\xff\xff\0 data')
const jpeg = (width: number, height: number) => join('\xff\xd8', sof(width, height), scan, '\xff\xd9')
const box = (type: string, ...inside: readonly Buffer[]) => {
  const content = Buffer.concat(inside)
  return join(be(content.length + 8), type, content)
}
const sampleEntry = (width: number, height: number, type = 'avc1') =>
  box(type, zeros(24), be(width, 2), be(height, 2), zeros(50))
const track = (entry: Buffer) =>
  box('trak', box('tkhd', zeros(84)), box('mdia', box('minf', box('stbl', box('stsd', zeros(8), entry)))))
const ebml = (id: string, content: Buffer) => join(id, '\x01', be(content.length, 7), content)
const ifd = (next: number, ...entries: readonly (readonly [number, number, number])[]) =>
  join(
    le(entries.length, 2),
    ...entries.map(([tag, type, value]) => join(le(tag, 2), le(type, 2), le(1), le(value))),
    le(next),
  )

describe('pictures behind each other', () => {
  it.each([
    ['PNG', join(png(10, 20), 'junk', png(30, 40), png(5, 5)), 3],
    ['JPEG', join(jpeg(10, 20), 'junk', jpeg(30, 40), jpeg(5, 5)), 3],
    ['JPEG with two frame headers', join('\xff\xd8', sof(10, 20), scan, sof(30, 40), scan, sof(5, 5, 0xf7)), 3],
    ['QOI', join('qoif', be(10), be(20), 'data', 'qoif', be(30), be(40), 'qoif', be(5), be(5), zeros(20)), 3],
    [
      'JPEG 2000',
      join(
        ...[
          [10, 20],
          [30, 40],
          [5, 5],
        ].map(([w = 0, h = 0]) => join('\xff\x4f\xff\x51', zeros(4), be(w), be(h), zeros(9))),
      ),
      3,
    ],
    [
      'BMP',
      join(
        ...[
          [10, 20],
          [30, 40],
          [5, 5],
        ].map(([w = 0, h = 0]) => join('BM', zeros(12), le(40), le(w), le(h), zeros(30), 'BM')),
      ),
      3,
    ],
  ])('are all seen: %s', (_, bytes) => {
    expect(look(bytes)).toEqual({
      sizes: ['10 x 20', '30 x 40', '5 x 5'],
      pixels: 200 + 1200 + 25,
      isUnreadable: false,
    })
  })

  it('are told from what a picture carries inside it', () => {
    const inside = segment(0xe1, join('Exif', jpeg(9000, 9000)))
    expect(look(join('\xff\xd8', inside, sof(10, 20), scan, '\xff\xd9')).sizes).toEqual(['10 x 20'])
  })
})

describe('the size of a picture', () => {
  it.each<[string, Buffer, string?]>([
    ['PSD', join('8BPS', zeros(10), be(20), be(10), zeros(20))],
    ['DDS', join('DDS ', le(124), zeros(4), le(20), le(10), zeros(99))],
    ['SGI', join('\x01\xda', zeros(4), be(10, 2), be(20, 2), zeros(99))],
    ['Sun raster', join('\x59\xa6\x6a\x95', be(10), be(20), zeros(99))],
    ['PCX', join('\x0a\x05\x01\x08', le(5, 2), le(6, 2), le(14, 2), le(25, 2), zeros(99))],
    ['Targa', join(zeros(12), le(10, 2), le(20, 2), zeros(99)), 'X.TGA'],
    ['Alias PIX', join(be(10, 2), be(20, 2), zeros(99)), 'x.pix'],
    ['PPM', text('P6 # a comment\n10\n# and another\n20\n255\nabcdefghijkl')],
    ['PAM', text('P7\nWIDTH 10\nDEPTH 3\nHEIGHT 20\nMAXVAL 255\nENDHDR\nabcdefghijkl')],
    ['Radiance', text('#?RADIANCE\nEXPOSURE=1\nFORMAT=32-bit_rle_rgbe\n\n-Y 20 +X 10\nabc')],
    ['Radiance, columns first', text('#?RGBE\nFORMAT=32-bit_rle_rgbe\n\n+X 10 -Y 20\nabcdefgh')],
    [
      'OpenEXR',
      join(
        '\x76\x2f\x31\x01',
        zeros(4),
        'channels\0chlist\0',
        le(9),
        zeros(9),
        'dataWindow\0box2i\0',
        le(16),
        le(2),
        le(3),
        le(11),
        le(22),
        '\0',
        zeros(9),
      ),
    ],
    ['icon of a PNG', join('\0\0\x01\0\x01\0', zeros(12), le(30), zeros(8), png(10, 20))],
    ['icon of a BMP', join('\0\0\x01\0\x01\0', zeros(12), le(22), le(40), le(10), le(40), zeros(30))],
    ['TIFF', join('II*\0', le(12), zeros(4), ifd(0, [256, 3, 10], [257, 4, 20]))],
    [
      'TIFF the other way round',
      join(
        'MM\0*',
        be(8),
        be(2, 2),
        be(256, 2),
        be(3, 2),
        be(1),
        be(10, 2),
        zeros(2),
        be(257, 2),
        be(4, 2),
        be(1),
        be(20),
        be(0),
      ),
    ],
  ])('is read: %s', (_, bytes, filename) => {
    expect(look(bytes, filename)).toEqual({ sizes: ['10 x 20'], pixels: 200, isUnreadable: false })
  })

  it('is read of every directory of a TIFF, also of those below', () => {
    const [first, below, last] = [8, 8 + 42, 8 + 42 + 30]
    const bytes = join(
      ...['II*\0', le(first)],
      ifd(last, [256, 3, 10], [257, 3, 20], [330, 4, below]),
      ...[ifd(0, [256, 4, 30], [257, 4, 40]), ifd(0, [256, 1, 5], [257, 1, 5])],
    )
    expect(look(bytes)).toEqual({ sizes: ['10 x 20', '30 x 40', '5 x 5'], pixels: 1425, isUnreadable: false })
  })

  it.each<[string, Buffer]>([
    ['a directory of a TIFF before another', join('II*\0', le(40), zeros(32), ifd(8, [256, 3, 10], [257, 3, 20]))],
    ['a TIFF in circles', join('II*\0', le(8), ifd(8, [256, 3, 10], [257, 3, 20]))],
    ['sides of a TIFF as fractions', join('II*\0', le(8), ifd(0, [256, 5, 10], [257, 3, 20]))],
    ['compressed headers of QuickTime', box('moov', box('cmov', zeros(20)))],
    ['Matroska without lengths', join('\x1aE\xdf\xa3', '\x80', '\x18\x53\x80\x67\xff', '\xec\xff', zeros(30))],
    ['Radiance without sides', text(`#?RADIANCE\n${'x'.repeat(5000)}`)],
    ['an icon inside another', join('\0\0\x01\0\x02\0', zeros(12), le(38), zeros(12), le(40), png(10, 20), zeros(99))],
  ])('stands where it cannot be read: %s', (_, bytes) => {
    expect(look(bytes).isUnreadable).toBe(true)
  })
})

describe('the frames of a video', () => {
  const large = track(sampleEntry(16_384, 8_192))
  const sound = track(box('mp4a', zeros(24), be(48_000, 2), zeros(10)))

  it.each<[string, Buffer]>([
    ['MP4', join(box('ftyp', text('isom')), box('moov', large))],
    [
      'MP4 with its headers at the end',
      join(box('ftyp', text('isom')), box('mdat', zeros(999)), box('moov', sound, large)),
    ],
    ['MP4 with long lengths', join(be(1), 'moov', be(16 + large.length, 8), large)],
    ['MP4 behind a box that nobody knows', join(box('xxxx', zeros(30)), box('moov', large))],
    ['MP4 behind a broken box', join(box('moov', track(join(be(3), 'bad!', zeros(90))), large))],
    ['MP4 up to the end of the file', join(be(0), 'moov', large)],
    [
      'AVIF',
      join(
        box('ftyp', text('avif')),
        box('meta', zeros(4), box('iprp', box('ipco', box('ispe', zeros(4), be(16_384), be(8_192))))),
      ),
    ],
    [
      'WebM',
      join(
        '\x1aE\xdf\xa3\x84abcd',
        '\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff',
        ebml('\xec', zeros(50)),
        ebml('\x16\x54\xae\x6b', ebml('\xae', ebml('\xe0', join('\xb0\x82', be(16_384, 2), '\xba\x82', be(8_192, 2))))),
      ),
    ],
    [
      'AVI',
      join(
        'RIFF',
        le(0),
        'AVI LIST',
        le(200),
        'hdrl',
        'avih',
        le(40),
        zeros(40),
        'LIST',
        le(116),
        'strl',
        'strh',
        le(8),
        'vidsMJPG',
        'strf',
        le(40),
        le(40),
        le(16_384),
        le(-8_192 >>> 0),
        zeros(28),
      ),
    ],
  ])('are read: %s', (_, bytes) => {
    const { sizes, isUnreadable } = look(bytes)
    expect(sizes).toContain('16384 x 8192')
    expect(isUnreadable).toBe(false)
  })

  it('are not the rate of a sound', () => {
    expect(look(join(box('ftyp', text('M4A ')), box('moov', sound))).sizes).toEqual([])
    const strf = join('strf', le(18), le(1), le(44_100), le(176_400), zeros(6))
    const avi = join('RIFF', le(0), 'AVI LIST', le(100), 'strl', 'strh', le(8), 'auds\0\0\0\0', strf, zeros(30))
    expect(look(avi).sizes).toEqual([])
  })
})

describe('any other file', () => {
  it.each([
    ['text', text('The quick brown fox jumps over the lazy dog. '.repeat(20))],
    ['zeros', zeros(3000)],
    ['ones', Buffer.alloc(3000, 0xff)],
    ['a short one', text('hi')],
  ])('tells nothing: %s', (_, bytes) => {
    expect(look(bytes)).toEqual({ sizes: [], pixels: 0, isUnreadable: false })
  })
})
