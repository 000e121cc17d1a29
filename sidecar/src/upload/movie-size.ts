/** How large are the frames of a video? From the headers of MP4, QuickTime, AVIF and HEIF, of WebM and Matroska, and of AVI. */
import type { SizeSink } from './size-sink.ts'
import type { Walk, Walker } from './stream-walker.ts'

type Sink = Pick<SizeSink, 'frame' | 'unreadable'>

// What leads to sizes: samples of a track, and properties of the items of HEIF (ISO/IEC 23008-12).
const folders: ReadonlySet<string> = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd', 'meta', 'iprp', 'ipco'])
const mostLevels = 16
// ISO/IEC 14496-12 VisualSampleEntry: sides behind 24 bytes. A sound has its rate there, and no height.
const sampleEntryBytes = 28

interface OpenBox {
  readonly type: string
  /** As bytes from the start of the file. */
  readonly end: number
}

/** ISO/IEC 14496-12: boxes of length, type and content, inside each other. */
export function* walkBoxes(sink: Sink): Walker {
  const open: OpenBox[] = []
  let at = 0
  for (;;) {
    while (open.length > 0 && at >= endOf(open)) open.pop()
    const head = yield { take: 8 }
    const type = head.toString('latin1', 4)
    const isLong = head.readUInt32BE(0) === 1
    const length = isLong ? Number((yield { take: 8 }).readBigUInt64BE(0)) : head.readUInt32BE(0)
    const headBytes = isLong ? 16 : 8
    // QuickTime can compress its headers.
    if (type === 'cmov' || open.length > mostLevels) return sink.unreadable()
    const isBroken = length < headBytes && length !== 0
    if (isBroken && open.length === 0) return
    // 0: up to the end of what it is in. A broken box hides the rest of that from FFmpeg, too.
    const end = Math.min(isBroken || length === 0 ? endOf(open) : at + length, endOf(open))
    at += headBytes
    if (!isBroken && folders.has(type)) {
      open.push({ type, end })
      at += yield* skipHead(type)
      continue
    }
    if (!isBroken) at += yield* readSides(type, open.at(-1)?.type, end - at, sink)
    yield { skip: Math.max(0, end - at) }
    at = Math.max(at, end)
  }
}

function endOf(open: readonly OpenBox[]): number {
  return open.at(-1)?.end ?? Number.MAX_SAFE_INTEGER
}

/** What stands in a box before the boxes inside it; of `meta`, QuickTime has a form without. */
function* skipHead(type: string): Walk<number> {
  if (type !== 'stsd' && type !== 'meta') return 0
  if (type === 'meta' && (yield { peek: 8 }).toString('latin1', 4) === 'hdlr') return 0
  const bytes = type === 'stsd' ? 8 : 4
  yield { skip: bytes }
  return bytes
}

function* readSides(type: string, parent: string | undefined, bytes: number, sink: Sink): Walk<number> {
  if (parent === 'stsd' && bytes >= sampleEntryBytes) {
    const content = yield { take: sampleEntryBytes }
    const [width, height] = [content.readUInt16BE(24), content.readUInt16BE(26)]
    if (height > 0) sink.frame(width, height)
    return sampleEntryBytes
  }
  if (type !== 'ispe' || bytes < 12) return 0
  const content = yield { take: 12 }
  sink.frame(content.readUInt32BE(4), content.readUInt32BE(8))
  return 12
}

// RFC 9559. Of everything else only the length matters.
const masters: ReadonlySet<number> = new Set([0x18538067, 0x1654ae6b, 0xae, 0xe0, 0x1f43b675])
const [trackEntry, pixelWidth, pixelHeight] = [0xae, 0xb0, 0xba]

/** EBML: elements of id, length and content, inside each other. */
export function* walkMatroska(sink: Sink): Walker {
  let [width, height] = [0, 0]
  for (;;) {
    const id = yield* takeNumber(4, false)
    const length = yield* takeNumber(8, true)
    if (id === undefined || length === undefined) return sink.unreadable()
    if (id === trackEntry) [width, height] = [0, 0]
    if ((id === pixelWidth || id === pixelHeight) && length > 0 && length <= 8) {
      const value = Number((yield { take: length }).reduce((sum, byte) => sum * 256 + byte, 0))
      if (id === pixelWidth) width = value
      else height = value
      if (width > 0 && height > 0) sink.frame(width, height)
    } else if (!masters.has(id)) {
      // Streams of unknown length are of segments and clusters.
      if (!Number.isFinite(length)) return sink.unreadable()
      yield { skip: length }
    }
  }
}

/** A number whose first byte says how long it is; infinite where it says that nobody knows. */
function* takeNumber(most: number, withoutMark: boolean): Walk<number | undefined> {
  const first = (yield { take: 1 })[0] ?? 0
  const bytes = Math.clz32(first) - 23
  if (bytes > most) return undefined
  const rest = yield { take: bytes - 1 }
  const start = withoutMark ? first & (2 ** (8 - bytes) - 1) : first
  const isUnknown = withoutMark && start === 2 ** (8 - bytes) - 1 && rest.every((byte) => byte === 0xff)
  return isUnknown ? Number.POSITIVE_INFINITY : rest.reduce((sum, byte) => sum * 256 + byte, start)
}

/** RIFF: chunks of type, length and content; lists have a name, and chunks inside. */
export function* walkAvi(sink: Sink): Walker {
  let isPicture = false
  yield { skip: 12 }
  for (;;) {
    const chunk = yield { take: 8 }
    const type = chunk.toString('latin1', 0, 4)
    const length = chunk.readUInt32LE(4)
    const padded = length + (length % 2)
    if (type === 'LIST' || type === 'RIFF') {
      const name = (yield { take: 4 }).toString('latin1')
      if (!['hdrl', 'strl', 'AVIX'].includes(name)) yield { skip: Math.max(0, padded - 4) }
      continue
    }
    const looked = Math.min(40, length)
    const content = ['avih', 'strh', 'strf'].includes(type) ? yield { take: looked } : Buffer.alloc(0)
    if (type === 'strh') isPicture = content.toString('latin1', 0, 4) === 'vids'
    if (type === 'avih' && looked >= 40) sink.frame(content.readUInt32LE(32), content.readUInt32LE(36))
    if (type === 'strf' && isPicture && looked >= 12)
      sink.frame(Math.abs(content.readInt32LE(4)), Math.abs(content.readInt32LE(8)))
    yield { skip: padded - content.length }
  }
}
