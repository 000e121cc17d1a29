/** Where do pictures keep what is not a picture? PNG, JPEG, WebP and EXR, with only the parts that are shown. */
import { type ByteReader, Malformed } from './byte-reader.ts'

/** PNG, third edition: the critical chunks, and those that change how the picture looks or moves. */
const shownChunks: ReadonlySet<string> = new Set(
  'IHDR PLTE IDAT IEND acTL fcTL fdAT tRNS gAMA cHRM sRGB iCCP sBIT pHYs bKGD cICP mDCV cLLI'.split(' '),
)

/** ComfyUI writes `tEXt`, `iTXt` and, in animations, `comf`. */
export async function* png(reader: ByteReader): AsyncGenerator<Buffer> {
  yield await reader.take(8)
  for (;;) {
    const head = await reader.take(8)
    const type = head.toString('latin1', 4)
    const length = head.readUInt32BE(0) + 4
    if (!shownChunks.has(type)) {
      await reader.skip(length)
      continue
    }
    yield head
    yield* reader.pass(length)
    if (type === 'IEND') return
  }
}

const jpegStart = 0xda
/** JFIF, colour profile and Adobe's colour transform; every other APPn and COM says something about the picture. */
const shownSegments: ReadonlySet<number> = new Set([0xe0, 0xe2, 0xee])

export async function* jpeg(reader: ByteReader): AsyncGenerator<Buffer> {
  yield await reader.take(2)
  for (;;) {
    const head = await reader.take(4)
    const marker = head[1] ?? 0
    if (head[0] !== 0xff) throw new Malformed('no JPEG segment where one has to be')
    const length = head.readUInt16BE(2) - 2
    const isShown = marker < 0xe0 || (marker !== 0xfe && shownSegments.has(marker))
    if (!isShown) {
      await reader.skip(length)
      continue
    }
    yield head
    yield* reader.pass(length)
    if (marker === jpegStart) return yield* reader.rest()
  }
}

const shownInRiff: ReadonlySet<string> = new Set([
  'VP8 ',
  'VP8L',
  'VP8X',
  'ANIM',
  'ANMF',
  'ALPH',
  'ICCP',
  'fmt ',
  'fact',
  'data',
])
/** EXIF and XMP in the flags of `VP8X` (WebP container specification). */
const saysExifOrXmp = 0x0c

/** WebP and WAV. Sizes stay what they were, so that the head of the file is right. */
export async function* riff(reader: ByteReader): AsyncGenerator<Buffer> {
  yield await reader.take(12)
  while ((await reader.peek(8)).length === 8) {
    const head = await reader.take(8)
    const type = head.toString('latin1', 0, 4)
    const length = head.readUInt32LE(4)
    const padded = length + (length % 2)
    if (!shownInRiff.has(type)) {
      head.write('JUNK', 0, 'latin1')
      yield head
      yield* blanks(reader, padded)
      continue
    }
    yield head
    if (type === 'VP8X') {
      const flags = await reader.take(1)
      flags[0] = (flags[0] ?? 0) & ~saysExifOrXmp
      yield flags
      yield* reader.pass(padded - 1)
    } else yield* reader.pass(padded)
  }
}

/** Zeros in the place of the next bytes. @throws Malformed at the end of the file */
export async function* blanks(reader: ByteReader, count: number): AsyncGenerator<Buffer> {
  for await (const piece of reader.pass(count)) yield piece.fill(0)
}

/** OpenEXR file layout: attributes of type `string` hold the texts; the offsets behind the head stay right. */
export async function* exr(reader: ByteReader): AsyncGenerator<Buffer> {
  yield await reader.take(8)
  for (;;) {
    const name = await text(reader)
    yield name
    if (name.length === 1) return yield* reader.rest()
    const type = await text(reader)
    const size = await reader.take(4)
    yield type
    yield size
    const value = await reader.take(size.readUInt32LE(0))
    yield type.toString('latin1').startsWith('string') ? value.fill(0x20) : value
  }
}

const longestNameBytes = 256

/** Up to and with the NUL. */
async function text(reader: ByteReader): Promise<Buffer> {
  const ahead = await reader.peek(longestNameBytes)
  const end = ahead.indexOf(0)
  if (end === -1) throw new Malformed('a name in the head does not end')
  return reader.take(end + 1)
}
