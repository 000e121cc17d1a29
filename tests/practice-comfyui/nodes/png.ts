/** How is a PNG written and read with nothing but zlib? 8 bit, no interlacing, text chunks kept. */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

export interface Bitmap {
  readonly width: number
  readonly height: number
  /** 1 grey, 3 RGB, 4 RGBA. */
  readonly channels: 1 | 3 | 4
  readonly pixels: Uint8Array
}
export interface DecodedPng extends Bitmap {
  readonly channels: 4
  readonly hasAlpha: boolean
  readonly text: ReadonlyMap<string, string>
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const colorTypes = { 1: 0, 3: 2, 4: 6 } as const

export function encodePng(bitmap: Bitmap, text: ReadonlyMap<string, string> = new Map()): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(bitmap.width, 0)
  header.writeUInt32BE(bitmap.height, 4)
  header[8] = 8
  header[9] = colorTypes[bitmap.channels]
  const stride = bitmap.width * bitmap.channels
  const raw = Buffer.alloc((stride + 1) * bitmap.height)
  for (let row = 0; row < bitmap.height; row += 1) {
    raw.set(bitmap.pixels.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1)
  }
  const notes = [...text].map(([key, value]) => chunk('tEXt', Buffer.from(`${key}\0${value}`, 'latin1')))
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...notes,
    chunk('IDAT', deflateSync(raw, { level: 4 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Always RGBA. @throws when it is no PNG this reader knows. */
export function decodePng(file: Buffer): DecodedPng {
  if (!file.subarray(0, 8).equals(signature)) throw new Error('cannot identify image file')
  const chunks = readChunks(file)
  const header = chunks.find(({ type }) => type === 'IHDR')?.data ?? Buffer.alloc(13)
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const [depth, colorType, interlace] = [header[8], header[9] ?? 0, header[12]]
  const samples = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colorType]
  if (samples === undefined || depth !== 8 || interlace !== 0)
    throw new Error('only 8 bit PNGs without interlacing are read')
  const data = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map((one) => one.data))
  const rows = unfilter(inflateSync(data), width * samples, height, samples)
  const palette = chunks.find(({ type }) => type === 'PLTE')?.data
  const transparency = chunks.find(({ type }) => type === 'tRNS')?.data
  const pixels = toRgba(rows, colorType, samples, palette, transparency)
  const hasAlpha = colorType === 4 || colorType === 6 || (colorType === 3 && transparency !== undefined)
  return { width, height, channels: 4, pixels, hasAlpha, text: readText(chunks) }
}

interface Chunk {
  readonly type: string
  readonly data: Buffer
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const made = Buffer.alloc(body.length + 8)
  made.writeUInt32BE(data.length, 0)
  body.copy(made, 4)
  made.writeUInt32BE(crc32(body), body.length + 4)
  return made
}

function readChunks(file: Buffer): Chunk[] {
  const found: Chunk[] = []
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at)
    found.push({ type: file.toString('latin1', at + 4, at + 8), data: file.subarray(at + 8, at + 8 + length) })
    at += length + 12
  }
  return found
}

function readText(chunks: readonly Chunk[]): ReadonlyMap<string, string> {
  const text = new Map<string, string>()
  for (const { type, data } of chunks) {
    const end = data.indexOf(0)
    if (type === 'tEXt' && end > 0) text.set(data.toString('latin1', 0, end), data.toString('latin1', end + 1))
  }
  return text
}

// PNG specification, section 9: each row names one of five predictors.
function unfilter(raw: Buffer, stride: number, height: number, step: number): Uint8Array {
  const made = new Uint8Array(stride * height)
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (stride + 1)] ?? 0
    for (let column = 0; column < stride; column += 1) {
      const at = row * stride + column
      const value = raw[row * (stride + 1) + 1 + column] ?? 0
      const left = column >= step ? (made[at - step] ?? 0) : 0
      const above = row > 0 ? (made[at - stride] ?? 0) : 0
      const corner = row > 0 && column >= step ? (made[at - stride - step] ?? 0) : 0
      made[at] = value + predict(filter, left, above, corner)
    }
  }
  return made
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)]
  if (a <= b && a <= c) return left
  return b <= c ? above : corner
}

function toRgba(
  rows: Uint8Array,
  colorType: number,
  samples: number,
  palette: Buffer | undefined,
  transparency: Buffer | undefined,
): Uint8Array {
  const count = rows.length / samples
  const made = new Uint8Array(count * 4)
  for (let at = 0; at < count; at += 1) {
    const from = at * samples
    const first = rows[from] ?? 0
    if (colorType === 3) {
      made.set(palette?.subarray(first * 3, first * 3 + 3) ?? [0, 0, 0], at * 4)
      made[at * 4 + 3] = transparency?.[first] ?? 255
    } else if (samples <= 2) made.set([first, first, first, samples === 2 ? (rows[from + 1] ?? 0) : 255], at * 4)
    else
      made.set([first, rows[from + 1] ?? 0, rows[from + 2] ?? 0, samples === 4 ? (rows[from + 3] ?? 0) : 255], at * 4)
  }
  return made
}

function predict(filter: number, left: number, above: number, corner: number): number {
  if (filter === 1) return left
  if (filter === 2) return above
  if (filter === 3) return (left + above) >> 1
  return filter === 4 ? paeth(left, above, corner) : 0
}
