/** How large are the pictures of a TIFF? Its directories may lie anywhere behind each other; none may lie before another. */
import type { Tell } from './size-sink.ts'
import type { Walk, Walker } from './stream-walker.ts'

interface Layout {
  readonly isBig: boolean
  readonly uint: (bytes: Buffer, at: number, length: 1 | 2 | 4 | 8) => number
}

interface Place {
  readonly at: number
  /** A directory, or a list of so many places of directories. */
  readonly list: number
}

const [imageWidth, imageLength, subDirectories] = [256, 257, 330]
// TIFF 6.0 BYTE, SHORT, LONG; IFD of the supplement; LONG8 and IFD8 of BigTIFF.
const lengths: Readonly<Record<number, 1 | 2 | 4 | 8>> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 }
const mostDirectories = 10_000

export function* walkTiff(tell: Tell): Walker {
  const head = yield { take: 8 }
  const layout = layoutOf(head)
  const first = layout.isBig ? layout.uint(yield { take: 8 }, 0, 8) : layout.uint(head, 4, 4)
  const places: Place[] = [{ at: first, list: 0 }]
  let at = layout.isBig ? 16 : 8
  for (let seen = 0; seen < mostDirectories; seen += 1) {
    places.sort((a, b) => a.at - b.at)
    const place = places.shift()
    if (place === undefined) return
    // What has passed by cannot be looked at again.
    if (place.at < at) return tell.unreadable()
    yield { skip: place.at - at }
    const size =
      place.list > 0 ? yield* readList(place.list, layout, places) : yield* readDirectory(layout, places, tell)
    at = place.at + size
  }
  tell.unreadable()
}

function layoutOf(head: Buffer): Layout {
  const isLittle = head[0] === 0x49
  const uint: Layout['uint'] = (bytes, at, length) => {
    if (length === 8) return Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
    return isLittle ? bytes.readUIntLE(at, length) : bytes.readUIntBE(at, length)
  }
  return { isBig: head[2] === 43 || head[3] === 43, uint }
}

/** A directory of entries (tag, type, count, value or place), and where the next one is; answers its length. */
function* readDirectory({ isBig, uint }: Layout, places: Place[], tell: Tell): Walk<number> {
  const [countBytes, entryBytes, offsetBytes] = isBig ? ([8, 20, 8] as const) : ([2, 12, 4] as const)
  const count = uint(yield { take: countBytes }, 0, countBytes)
  if (count > 65_535) {
    tell.unreadable()
    return 0
  }
  let [width, height] = [0, 0]
  for (let each = 0; each < count; each += 1) {
    const entry = yield { take: entryBytes }
    const [tag, length] = [uint(entry, 0, 2), lengths[uint(entry, 2, 2)]]
    if (tag !== imageWidth && tag !== imageLength && tag !== subDirectories) continue
    const values = uint(entry, 4, offsetBytes)
    const value = 4 + offsetBytes
    if (length === undefined || (values !== 1 && tag !== subDirectories)) tell.unreadable()
    else if (tag === imageWidth) width = Math.max(width, uint(entry, value, length))
    else if (tag === imageLength) height = Math.max(height, uint(entry, value, length))
    else
      places.push({ at: uint(entry, value, offsetBytes), list: values === 1 ? 0 : Math.min(values, mostDirectories) })
  }
  tell.another()
  tell.frames(width, height, 1)
  const next = uint(yield { take: offsetBytes }, 0, offsetBytes)
  if (next !== 0) places.push({ at: next, list: 0 })
  return countBytes + count * entryBytes + offsetBytes
}

function* readList(count: number, { isBig, uint }: Layout, places: Place[]): Walk<number> {
  const length = isBig ? 8 : 4
  for (let each = 0; each < count; each += 1) places.push({ at: uint(yield { take: length }, 0, length), list: 0 })
  return count * length
}
