/** Where do sounds keep their texts? FLAC, MP3 and Ogg (Opus, Vorbis), with the texts emptied. */
import { type ByteReader, Malformed } from './byte-reader.ts'
import { blanks } from './pictures.ts'

const padding = 1
/** STREAMINFO, SEEKTABLE and CUESHEET (RFC 9639 section 8.1). */
const heardBlocks: ReadonlySet<number> = new Set([0, 3, 5])

export async function* flac(reader: ByteReader): AsyncGenerator<Buffer> {
  yield await reader.take(4)
  for (let isLast = false; !isLast; ) {
    const head = await reader.take(4)
    const type = (head[0] ?? 0) & 0x7f
    isLast = (head[0] ?? 0) >= 0x80
    const length = head.readUIntBE(1, 3)
    if (heardBlocks.has(type)) {
      yield head
      yield* reader.pass(length)
      continue
    }
    head[0] = (isLast ? 0x80 : 0) | padding
    yield head
    yield* blanks(reader, length)
  }
  yield* reader.rest()
}

/** ID3v2 in front (10 bytes of head, a size of four times seven bits) is left away; so is ID3v1 behind. */
export async function* mp3(reader: ByteReader): AsyncGenerator<Buffer> {
  while ((await reader.peek(3)).toString('latin1') === 'ID3') {
    const head = await reader.take(10)
    const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((head[at] ?? 0) & 0x7f), 0)
    const footer = ((head[5] ?? 0) & 0x10) === 0 ? 0 : 10
    await reader.skip(size + footer)
  }
  let held: Buffer = Buffer.alloc(0)
  for await (const piece of reader.rest()) {
    const all = Buffer.concat([held, piece])
    held = all.subarray(Math.max(0, all.length - id3v1Bytes))
    yield all.subarray(0, all.length - held.length)
  }
  if (held.length === id3v1Bytes && held.toString('latin1', 0, 3) === 'TAG') return
  yield held
}

const id3v1Bytes = 128

interface Page {
  readonly head: Buffer
  /** Lacing values: a packet ends with one below 255 (RFC 3533 section 6). */
  readonly lacing: Buffer
  readonly body: Buffer
}

/** The second packet of the stream holds the texts (RFC 7845 section 5.2; Vorbis I section 5). */
export async function* ogg(reader: ByteReader): AsyncGenerator<Buffer> {
  let packet = 0
  let into = 0
  while (packet < 2) {
    const page = await takePage(reader)
    let at = 0
    let isChanged = false
    for (const size of page.lacing) {
      if (packet === 1) {
        emptyTexts(page.body.subarray(at, at + size), into)
        isChanged = true
      }
      at += size
      into += size
      if (size === 255) continue
      packet += 1
      into = 0
    }
    yield* sealed(page, isChanged)
  }
  yield* reader.rest()
}

async function takePage(reader: ByteReader): Promise<Page> {
  const head = await reader.take(27)
  if (head.toString('latin1', 0, 4) !== 'OggS') throw new Malformed('no Ogg page where one has to be')
  const lacing = await reader.take(head[26] ?? 0)
  const body = await reader.take(lacing.reduce((sum, size) => sum + size, 0))
  return { head, lacing, body }
}

/** Keeps the signature; no vendor, no comments, zeros. Vorbis wants a set bit behind them. */
function emptyTexts(part: Buffer, into: number): void {
  const opus = 8
  const vorbis = 7
  if (into > 0) {
    part.fill(0)
    return
  }
  const isOpus = part.toString('latin1', 0, opus) === 'OpusTags'
  const isVorbis = part.toString('latin1', 1, vorbis) === 'vorbis'
  if (!isOpus && !isVorbis) throw new Malformed('no texts where Ogg has them')
  const signature = isOpus ? opus : vorbis
  part.fill(0, signature)
  if (isVorbis && part.length > vorbis + 8) part[vorbis + 8] = 1
}

function sealed({ head, lacing, body }: Page, isChanged: boolean): Buffer[] {
  if (isChanged) {
    head.writeUInt32LE(0, 22)
    head.writeUInt32LE(checksum([head, lacing, body]), 22)
  }
  return [head, lacing, body]
}

const polynomial = 0x04c11db7
const table = Array.from({ length: 256 }, (_, index) => {
  let value = (index << 24) >>> 0
  for (let bit = 0; bit < 8; bit += 1) value = (value & 0x80000000 ? (value << 1) ^ polynomial : value << 1) >>> 0
  return value
})

/** CRC-32 with the polynomial of Ogg, not reflected (RFC 3533 section 6); node:zlib has the reflected one only. */
function checksum(parts: readonly Buffer[]): number {
  let sum = 0
  for (const part of parts) {
    for (const byte of part) sum = ((sum << 8) ^ (table[((sum >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0
  }
  return sum
}
