/** Where do videos keep their texts? MP4 and MOV, WebM and Matroska, with free space of the same size in their place. */
import { type ByteReader, Malformed } from './byte-reader.ts'
import { blanks } from './pictures.ts'

const texts: ReadonlySet<string> = new Set(['udta', 'meta', 'uuid', 'skip'])
const folders: ReadonlySet<string> = new Set(['moov', 'trak', 'mdia', 'minf', 'moof', 'traf', 'edts', 'mvex'])
/** Still pictures keep the picture itself in `meta`. */
const stillBrands = /^(?:avif|avis|heic|heix|mif1|msf1)$/

/** ISO/IEC 14496-12: boxes of a size and a type; offsets into `mdat` stay right because no size changes. */
export async function* isoMedia(reader: ByteReader): AsyncGenerator<Buffer> {
  const start = await reader.peek(12)
  if (stillBrands.test(start.toString('latin1', 8, 12))) throw new Malformed('a still picture in a video container')
  while ((await reader.peek(8)).length === 8) {
    const head = await reader.take(8)
    const type = head.toString('latin1', 4)
    const short = head.readUInt32BE(0)
    if (short === 0 && !texts.has(type)) {
      yield head
      return yield* reader.rest()
    }
    const long = short === 1 ? await reader.take(8) : Buffer.alloc(0)
    const length = (short === 1 ? Number(long.readBigUInt64BE(0)) : short) - 8 - long.length
    if (!Number.isSafeInteger(length) || length < 0) throw new Malformed('a box of no size')
    if (texts.has(type)) {
      head.write('free', 4, 'latin1')
      yield Buffer.concat([head, long])
      yield* blanks(reader, length)
    } else if (folders.has(type)) {
      yield Buffer.concat([head, long])
      yield emptyBoxes(await reader.take(length))
    } else {
      yield Buffer.concat([head, long])
      yield* reader.pass(length)
    }
  }
}

function emptyBoxes(body: Buffer): Buffer {
  for (let at = 0; at + 8 <= body.length; ) {
    const size = body.readUInt32BE(at)
    const type = body.toString('latin1', at + 4, at + 8)
    if (size < 8 || at + size > body.length) throw new Malformed('a box that does not fit')
    if (texts.has(type)) {
      body.write('free', at + 4, 'latin1')
      body.fill(0, at + 8, at + size)
    } else if (folders.has(type)) emptyBoxes(body.subarray(at + 8, at + size))
    at += size
  }
  return body
}

// RFC 8794 (EBML), RFC 9559 (Matroska).
const segment = 0x18538067
/** `Info` and `Tracks`, small, with texts inside; `TrackEntry` in the second. */
const withTexts: ReadonlySet<number> = new Set([0x1549a966, 0x1654ae6b])
const trackEntry = 0xae
const textElements: ReadonlySet<number> = new Set([0x1254c367, 0x1941a469])
const titleElements: ReadonlySet<number> = new Set([0x7ba9, 0x7384, 0x3c83ab, 0x3e83bb, 0x536e])
const voidElement = 0xec
/** Two bytes can be an element, and all of them are read in one go. */
const longestTextsBytes = 1024 * 1024

interface Element {
  readonly id: number
  readonly head: Buffer
  /** undefined: until the end of what it is in. */
  readonly length: number | undefined
}

export async function* matroska(reader: ByteReader): AsyncGenerator<Buffer> {
  for (;;) {
    const element = await takeElement(reader)
    if (element === undefined) return
    const { id, head, length } = element
    if (id === segment) {
      yield head
    } else if (length === undefined) {
      throw new Malformed('an element without a size, behind which nothing can be found')
    } else if (textElements.has(id)) {
      yield* voided(reader, head, length)
    } else if (withTexts.has(id)) {
      if (length > longestTextsBytes) throw new Malformed('a head larger than any')
      yield head
      yield emptyTitles(await reader.take(length))
    } else {
      yield head
      yield* reader.pass(length)
    }
  }
}

async function takeElement(reader: ByteReader): Promise<Element | undefined> {
  const ahead = await reader.peek(12)
  if (ahead.length === 0) return undefined
  const element = parseElement(ahead)
  await reader.skip(element.head.length)
  return { ...element, head: Buffer.from(element.head) }
}

function parseElement(bytes: Buffer): Element {
  const idBytes = Math.clz32(bytes[0] ?? 0) - 23
  const sizeAt = bytes[idBytes] ?? 0
  const sizeBytes = Math.clz32(sizeAt) - 23
  if (idBytes > 4 || sizeBytes > 8 || bytes.length < idBytes + sizeBytes) throw new Malformed('no element')
  let size = BigInt(sizeAt & (0xff >> sizeBytes))
  for (let at = 1; at < sizeBytes; at += 1) size = size * 256n + BigInt(bytes[idBytes + at] ?? 0)
  const isUnknown = size === (1n << BigInt(7 * sizeBytes)) - 1n
  return {
    id: bytes.readUIntBE(0, idBytes),
    head: bytes.subarray(0, idBytes + sizeBytes),
    length: isUnknown ? undefined : Number(size),
  }
}

/** A `Void` element of the same size in the place of one whose head has been taken. */
async function* voided(reader: ByteReader, head: Buffer, length: number): AsyncGenerator<Buffer> {
  const total = head.length + length
  const sizeBytes = total > 8 ? 8 : 1
  const own = Buffer.alloc(1 + sizeBytes)
  own[0] = voidElement
  if (sizeBytes === 1) own[1] = 0x80 | (total - 2)
  else own.writeBigUInt64BE((1n << 56n) | BigInt(total - 9), 1)
  const surplus = head.length - own.length
  yield own
  if (surplus > 0) yield Buffer.alloc(surplus)
  else await reader.skip(-surplus)
  yield* blanks(reader, surplus > 0 ? length : length + surplus)
}

/** Titles, names and neighbours, in spaces. */
function emptyTitles(body: Buffer): Buffer {
  for (let at = 0; at < body.length; ) {
    const { id, head, length } = parseElement(body.subarray(at))
    if (length === undefined || at + head.length + length > body.length)
      throw new Malformed('an element that does not fit')
    const value = body.subarray(at + head.length, at + head.length + length)
    if (titleElements.has(id)) value.fill(0x20)
    else if (id === trackEntry) emptyTitles(value)
    at += head.length + length
  }
  return body
}
