/** How large is a PNG, GIF, WebP, JPEG or BMP, and how many frames has it? Each walker begins at the first byte. */
import type { Tell } from './size-sink.ts'
import type { Mark, Walk, Walker } from './stream-walker.ts'

/** PNG 3rd edition: chunks of length, type, data, checksum; `fcTL` begins a frame of an animation. */
export function* walkPng(tell: Tell): Walker {
  let [width, height, count] = [0, 0, 0]
  yield { skip: 8 }
  for (;;) {
    const head = yield { take: 8 }
    const length = head.readUInt32BE(0)
    const type = head.toString('latin1', 4)
    if (type === 'IHDR' && length >= 8) {
      const size = yield { take: 8 }
      ;[width, height] = [size.readUInt32BE(0), size.readUInt32BE(4)]
      tell.frames(width, height, 1)
      yield { skip: length - 8 + 4 }
    } else {
      if (type === 'fcTL') tell.frames(width, height, ++count)
      yield { skip: length + 4 }
      if (type === 'IEND') return
    }
  }
}

/** GIF89a: every image descriptor is a frame of the size of the whole, however small it is itself. */
export function* walkGif(tell: Tell): Walker {
  const head = yield { take: 13 }
  const [width, height] = [head.readUInt16LE(6), head.readUInt16LE(8)]
  let count = 0
  tell.frames(width, height, 1)
  yield { skip: colours(head[10] ?? 0) }
  for (;;) {
    const kind = (yield { take: 1 })[0]
    if (kind === 0x2c) {
      tell.frames(width, height, ++count)
      const descriptor = yield { take: 9 }
      yield { skip: colours(descriptor[8] ?? 0) + 1 }
    } else if (kind === 0x21) yield { skip: 1 }
    else return
    for (let size = (yield { take: 1 })[0] ?? 0; size > 0; size = (yield { take: 1 })[0] ?? 0) yield { skip: size }
  }
}

function colours(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1)
}

/** RFC 9649: `VP8X` names the canvas, `ANMF` begins a frame; a still picture has its size in `VP8 ` or `VP8L`. */
export function* walkWebp(tell: Tell): Walker {
  let [width, height, count] = [0, 0, 0]
  yield { skip: 12 }
  for (;;) {
    // Another file behind this one, whatever length its head has told.
    if ((yield { peek: 4 }).toString('latin1') === 'RIFF') return
    const chunk = yield { take: 8 }
    const type = chunk.toString('latin1', 0, 4)
    const length = chunk.readUInt32LE(4)
    const padded = length + (length % 2)
    const looked = type === 'VP8X' || type === 'VP8L' || type === 'VP8 ' ? Math.min(10, length) : 0
    const data = yield { take: looked }
    const [wide, high] = sidesIn(type, data)
    // The canvas beats the picture in it.
    if (type === 'VP8X' || width === 0) [width, height] = [wide, high]
    if (type === 'ANMF') count += 1
    if (width > 0) tell.frames(width, height, Math.max(1, count))
    yield { skip: padded - looked }
  }
}

function sidesIn(type: string, data: Buffer): readonly [number, number] {
  if (type === 'VP8X' && data.length === 10) return [data.readUIntLE(4, 3) + 1, data.readUIntLE(7, 3) + 1]
  if (type === 'VP8 ' && data.length === 10) return [data.readUInt16LE(6) & 0x3fff, data.readUInt16LE(8) & 0x3fff]
  if (type !== 'VP8L' || data.length < 5) return [0, 0]
  const bits = data.readUInt32LE(1)
  return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
}

const startOfImage = 0xd8
const endOfImage = 0xd9
const startOfScan = 0xda

/** A byte that says what follows; in coded data 255 is followed by 0, or by the number of a restart. */
const isMarker = (byte: number): boolean => byte > 0 && byte < 0xff && (byte < 0xd0 || byte > 0xd7)

function markerWhere(isWanted: (byte: number) => boolean): Mark {
  return {
    bytes: 2,
    in: (part) => {
      for (let at = part.indexOf(0xff); at !== -1; at = part.indexOf(0xff, at + 1)) {
        const byte = part[at + 1]
        if (byte !== undefined && isWanted(byte)) return at
      }
      return -1
    },
  }
}

const anyMarker = markerWhere(isMarker)
const nextImage = markerWhere((byte) => byte === startOfImage)

/** ITU T.81 and T.87: segments with a length, between them coded data; each frame header has a size. */
export function* walkJpeg(tell: Tell): Walker {
  for (;;) {
    yield { find: anyMarker }
    const marker = (yield { take: 2 })[1] ?? 0
    if (marker === endOfImage) yield { find: nextImage }
    else if (marker !== startOfImage) yield* walkSegment(marker, tell)
  }
}

function* walkSegment(marker: number, tell: Tell): Walk<void> {
  const length = (yield { peek: 2 }).readUInt16BE(0)
  // Damaged, or a marker without a length: what follows is searched for the next one.
  if (length < 2 || marker === 0x01) return
  const isFrame = (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7
  if (isFrame && length >= 7) {
    const frame = yield { peek: 7 }
    tell.another()
    tell.frames(frame.readUInt16BE(5), frame.readUInt16BE(3), 1)
  }
  if (marker !== startOfScan) yield { skip: length }
}

/** The size of the file, then two headers; of the second the oldest kind has sides of two bytes. */
export function* walkBmp(tell: Tell): Walker {
  const head = yield { peek: 26 }
  const isOld = head.readUInt32LE(14) === 12
  const [width, height] = isOld
    ? [head.readUInt16LE(18), head.readUInt16LE(20)]
    : [Math.abs(head.readInt32LE(18)), Math.abs(head.readInt32LE(22))]
  tell.frames(width, height, 1)
  yield { skip: 26 }
}
