/** How many pixels will a decoder make of this upload? Read from the headers on its way, without decoding anything. */

export interface PictureSize {
  readonly width: number
  readonly height: number
  readonly frames: number
}

/** Told whenever more is known; throws to stop the upload. */
export type OnSize = (size: PictureSize) => void

/** What a walker asks of the stream: so many bytes to look at, or to leave out. */
type Wish = { readonly take: number } | { readonly skip: number }
type Walker = Generator<Wish, void, Buffer>

export interface PictureReader {
  push(chunk: Buffer): void
}

/** Reads sizes from PNG, APNG, GIF, WebP, JPEG and BMP; every other file is let through unread. */
export function createPictureReader(onSize: OnSize): PictureReader {
  const walker = walk(onSize)
  let wish: Wish | undefined = walker.next(Buffer.alloc(0)).value ?? undefined
  let held = Buffer.alloc(0)
  return {
    push: (chunk) => {
      let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      while (wish !== undefined) {
        if ('skip' in wish) {
          const skipped = Math.min(wish.skip, rest.length)
          rest = rest.subarray(skipped)
          if (skipped < wish.skip) {
            wish = { skip: wish.skip - skipped }
            break
          }
          wish = walker.next(Buffer.alloc(0)).value ?? undefined
        } else {
          if (rest.length < wish.take) break
          const taken = rest.subarray(0, wish.take)
          rest = rest.subarray(wish.take)
          wish = walker.next(taken).value ?? undefined
        }
      }
      // At most one header that a chunk has cut in two.
      held = wish !== undefined && 'take' in wish ? Buffer.from(rest) : Buffer.alloc(0)
    },
  }
}

function* walk(onSize: OnSize): Walker {
  const head = yield { take: 12 }
  if (head.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n') yield* walkPng(head.readUInt32BE(8), onSize)
  else if (/^GIF8[79]a/.test(head.toString('latin1', 0, 6))) yield* walkGif(head, onSize)
  else if (head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP')
    yield* walkWebp(onSize)
  else if (head[0] === 0xff && head[1] === 0xd8) yield* walkJpeg(head, onSize)
  else if (head.toString('latin1', 0, 2) === 'BM') yield* walkBmp(onSize)
}

/** PNG 3rd edition: chunks of length, type, data, checksum; `fcTL` begins a frame of an animation. */
function* walkPng(firstLength: number, onSize: OnSize): Walker {
  let length = firstLength
  let [width, height, frames] = [0, 0, 0]
  for (;;) {
    const type = (yield { take: 4 }).toString('latin1')
    if (type === 'IHDR' && length >= 8) {
      const size = yield { take: 8 }
      ;[width, height] = [size.readUInt32BE(0), size.readUInt32BE(4)]
      onSize({ width, height, frames: 1 })
      yield { skip: length - 8 + 4 }
    } else {
      if (type === 'fcTL') onSize({ width, height, frames: ++frames })
      if (type === 'IEND') return
      yield { skip: length + 4 }
    }
    length = (yield { take: 4 }).readUInt32BE(0)
  }
}

/** GIF89a: every image descriptor is a frame of the size of the whole, however small it is itself. */
function* walkGif(head: Buffer, onSize: OnSize): Walker {
  const [width, height, flags] = [head.readUInt16LE(6), head.readUInt16LE(8), head[10] ?? 0]
  let frames = 0
  onSize({ width, height, frames: 1 })
  // The head has 13 bytes, of which one is still to come.
  yield { skip: 1 + colours(flags) }
  for (;;) {
    const kind = (yield { take: 1 })[0]
    if (kind === 0x2c) {
      onSize({ width, height, frames: ++frames })
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
function* walkWebp(onSize: OnSize): Walker {
  let [width, height, frames] = [0, 0, 0]
  for (;;) {
    const chunk = yield { take: 8 }
    const type = chunk.toString('latin1', 0, 4)
    const length = chunk.readUInt32LE(4)
    const padded = length + (length % 2)
    const looked = type === 'VP8X' || type === 'VP8L' || type === 'VP8 ' ? Math.min(10, length) : 0
    const data = yield { take: looked }
    if (type === 'VP8X' && looked === 10) {
      ;[width, height] = [data.readUIntLE(4, 3) + 1, data.readUIntLE(7, 3) + 1]
    } else if (type === 'VP8L' && looked >= 5 && width === 0) {
      const bits = data.readUInt32LE(1)
      ;[width, height] = [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
    } else if (type === 'VP8 ' && looked === 10 && width === 0) {
      ;[width, height] = [data.readUInt16LE(6) & 0x3fff, data.readUInt16LE(8) & 0x3fff]
    }
    if (type === 'ANMF') frames += 1
    if (width > 0) onSize({ width, height, frames: Math.max(1, frames) })
    yield { skip: padded - looked }
  }
}

/** ITU T.81: segments up to the frame header, which has the size. */
function* walkJpeg(head: Buffer, onSize: OnSize): Walker {
  let seen = head.subarray(2)
  const more = function* (length: number): Generator<Wish, Buffer, Buffer> {
    const missing = length - seen.length
    const whole = missing > 0 ? Buffer.concat([seen, yield { take: missing }]) : seen
    seen = whole.subarray(length)
    return whole.subarray(0, length)
  }
  for (;;) {
    const marker = yield* more(4)
    if (marker[0] !== 0xff) return
    const kind = marker[1] ?? 0
    const length = marker.readUInt16BE(2)
    const isFrame = kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind)
    if (isFrame) {
      const frame = yield* more(5)
      onSize({ height: frame.readUInt16BE(1), width: frame.readUInt16BE(3), frames: 1 })
      return
    }
    if (kind === 0xda || length < 2) return
    const known = Math.min(seen.length, length - 2)
    seen = seen.subarray(known)
    if (length - 2 > known) yield { skip: length - 2 - known }
  }
}

function* walkBmp(onSize: OnSize): Walker {
  // 14 bytes of file header, of which 12 are read, then the size of the second header and the sides.
  const rest = yield { take: 14 }
  onSize({ width: Math.abs(rest.readInt32LE(6)), height: Math.abs(rest.readInt32LE(10)), frames: 1 })
}
