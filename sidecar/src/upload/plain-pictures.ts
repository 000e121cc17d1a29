/** How large is a picture of the rarer kinds, whose size stands in their first bytes? OpenEXR, Radiance, PSD, JPEG 2000 and others. */
import type { Tell } from './size-sink.ts'
import { exactMark, type Mark, type Walk, type Walker } from './stream-walker.ts'

interface PlainFormat {
  fits(head: Buffer, filename: string): boolean
  walk(tell: Tell): Walker
  readonly again?: string
}

const starts = (text: string) => (head: Buffer) => head.toString('latin1', 0, text.length) === text

/** A format whose sides stand at fixed places. */
function fixed(bytes: number, sides: (head: Buffer) => readonly [number, number]): (tell: Tell) => Walker {
  return function* (tell) {
    const [width, height] = sides(yield { take: bytes })
    tell.frames(width, height, 1)
  }
}

const codestream = exactMark(Buffer.from('\xff\x4f\xff\x51', 'latin1'))
const codestreamSides = fixed(16, (head) => [head.readUInt32BE(8), head.readUInt32BE(12)])

/** JPEG 2000: the boxes before a codestream say nothing that a decoder needs. */
function* walkCodestreams(tell: Tell): Walker {
  for (;;) {
    yield { find: codestream }
    tell.another()
    yield* codestreamSides(tell)
  }
}

export const plainFormats: readonly PlainFormat[] = [
  { fits: starts('8BPS'), walk: fixed(22, (head) => [head.readUInt32BE(18), head.readUInt32BE(14)]) },
  { fits: starts('qoif'), walk: fixed(12, (head) => [head.readUInt32BE(4), head.readUInt32BE(8)]), again: 'qoif' },
  { fits: starts('\xff\x4f\xff\x51'), walk: walkCodestreams },
  { fits: starts('\0\0\0\x0cjP  '), walk: walkCodestreams },
  { fits: starts('DDS '), walk: fixed(20, (head) => [head.readUInt32LE(16), head.readUInt32LE(12)]) },
  { fits: starts('\x01\xda'), walk: fixed(10, (head) => [head.readUInt16BE(6), head.readUInt16BE(8)]) },
  { fits: starts('\x59\xa6\x6a\x95'), walk: fixed(12, (head) => [head.readUInt32BE(4), head.readUInt32BE(8)]) },
  {
    fits: isPcx,
    walk: fixed(12, pcxSides),
  },
  { fits: starts('\x76\x2f\x31\x01'), walk: walkExr },
  { fits: starts('\0\0\x01\0'), walk: walkIco },
  { fits: starts('#?'), walk: walkHdr, again: '#?RADIANCE' },
  { fits: (head) => netpbm.in(head) === 0, walk: walkPictures },
  // Nothing but its name says what it is.
  {
    fits: (_head, name) => /\.(?:tga|icb|vda|vst)$/i.test(name),
    walk: fixed(16, (head) => [head.readUInt16LE(12), head.readUInt16LE(14)]),
  },
  {
    fits: (_head, name) => /\.pix$/i.test(name),
    walk: fixed(4, (head) => [head.readUInt16BE(0), head.readUInt16BE(2)]),
  },
]

function isPcx(head: Buffer): boolean {
  const [mark, version, coding, bits = 0] = head
  return mark === 10 && version !== undefined && version <= 5 && coding === 1 && [1, 2, 4, 8].includes(bits)
}

function pcxSides(head: Buffer): readonly [number, number] {
  const [left, top, right, bottom] = [4, 6, 8, 10].map((at) => head.readUInt16LE(at))
  return [(right ?? 0) - (left ?? 0) + 1, (bottom ?? 0) - (top ?? 0) + 1]
}

const longestName = 255

/** OpenEXR: attributes of name, type, length and value, up to an empty name; the size is that of the larger window. */
function* walkExr(tell: Tell): Walker {
  yield { skip: 8 }
  for (;;) {
    const name = yield* takeUpTo('\0', longestName)
    if (name === '') return
    const type = yield* takeUpTo('\0', longestName)
    if (name === undefined || type === undefined) return tell.unreadable()
    const length = (yield { take: 4 }).readUInt32LE(0)
    if ((name === 'dataWindow' || name === 'displayWindow') && length === 16) {
      const box = yield { take: 16 }
      const [left = 0, top = 0, right = 0, bottom = 0] = [0, 4, 8, 12].map((at) => box.readInt32LE(at))
      tell.frames(Math.max(0, right - left + 1), Math.max(0, bottom - top + 1), 1)
    } else yield { skip: length }
  }
}

const longestLine = 4096
const mostLines = 1000

/** Icons: a list of places, at each of which there is a PNG or the headers of a BMP, with sides of their own. */
function* walkIco(tell: Tell): Walker {
  const count = (yield { take: 6 }).readUInt16LE(4)
  const places: number[] = []
  for (let each = 0; each < count; each += 1) places.push((yield { take: 16 }).readUInt32LE(12))
  let at = 6 + 16 * count
  for (const place of places.sort((a, b) => a - b)) {
    // Within another one, or before it.
    if (place < at) return tell.unreadable()
    yield { skip: place - at }
    const head = yield { take: 24 }
    at = place + 24
    tell.another()
    if (head.toString('latin1', 1, 4) === 'PNG') tell.frames(head.readUInt32BE(16), head.readUInt32BE(20), 1)
    else tell.frames(Math.abs(head.readInt32LE(4)), Math.abs(head.readInt32LE(8)) / 2, 1)
  }
}

/** Radiance: lines of text, of which one has the sides, in either order. */
function* walkHdr(tell: Tell): Walker {
  for (let line = 0; line < mostLines; line += 1) {
    const text = yield* takeUpTo('\n', longestLine)
    if (text === undefined) return tell.unreadable()
    const [, axis, first, second] = /^[-+]([XY])\s+(\d+)\s+[-+][XY]\s+(\d+)/.exec(text) ?? []
    if (axis === undefined) continue
    const [width, height] = axis === 'X' ? [first, second] : [second, first]
    return tell.frames(Number(width), Number(height), 1)
  }
  tell.unreadable()
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || (byte !== undefined && byte >= 9 && byte <= 13)

const netpbm: Mark = {
  bytes: 3,
  in: (part) => {
    for (let at = part.indexOf('P'); at !== -1; at = part.indexOf('P', at + 1)) {
      if (/^[1-7FfHh]$/.test(part.toString('latin1', at + 1, at + 2)) && isBlank(part[at + 2])) return at
    }
    return -1
  },
}

function* walkPictures(tell: Tell): Walker {
  for (;;) {
    yield { find: netpbm }
    tell.another()
    yield* walkPnm(tell)
  }
}

/** Netpbm: words and comments; PAM names its sides, the others begin with them. */
function* walkPnm(tell: Tell): Walk<void> {
  const kind = (yield { take: 2 }).toString('latin1')
  const numbers: number[] = []
  let name: string | undefined
  for (let words = 0; words < mostLines && numbers.length < 2; words += 1) {
    const word = yield* takeWord()
    if (word === undefined || word === 'ENDHDR') return
    if (kind === 'P7' && !/^\d+$/.test(word)) name = word
    else if (!/^\d+$/.test(word)) return
    else if (kind !== 'P7' || name === 'WIDTH' || name === 'HEIGHT') numbers.push(Number(word))
  }
  const [width = 0, height = 0] = numbers
  tell.frames(width, height, 1)
}

function* takeWord(): Walk<string | undefined> {
  let word = ''
  while (word.length < longestName) {
    const letter = (yield { take: 1 }).toString('latin1')
    if (letter === '#') yield* takeUpTo('\n', longestLine)
    else if (!/\s/.test(letter)) word += letter
    else if (word !== '') return word
  }
  return undefined
}

/** The text before `end`; undefined where it is longer than anybody writes. */
function* takeUpTo(end: string, longest: number): Walk<string | undefined> {
  let text = ''
  while (text.length <= longest) {
    const letter = (yield { take: 1 }).toString('latin1')
    if (letter === end) return text
    text += letter
  }
  return undefined
}
