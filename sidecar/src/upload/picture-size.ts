/** How many pixels will a decoder make of this upload? Read from the headers on its way, without decoding anything. */
import { walkBmp, walkGif, walkJpeg, walkPng, walkWebp } from './common-pictures.ts'
import { walkAvi, walkBoxes, walkMatroska } from './movie-size.ts'
import { plainFormats } from './plain-pictures.ts'
import type { SizeSink, Tell } from './size-sink.ts'
import { createStreamReader, exactMark, type Mark, type StreamReader, type Walker } from './stream-walker.ts'
import { walkTiff } from './tiff-size.ts'

interface Format {
  fits(head: Buffer, filename: string): boolean
  walk(tell: Tell): Walker
  /** How another picture begins: FFmpeg goes on behind the first one (its `_pipe` demuxers), as for an animation. */
  readonly again?: string
}

const starts = (text: string) => (head: Buffer) => head.toString('latin1', 0, text.length) === text
const pngMark = '\x89PNG\r\n\x1a\n'

const formats: readonly Format[] = [
  { fits: starts(pngMark), walk: walkPng, again: pngMark },
  { fits: (head) => /^GIF8[79]a/.test(head.toString('latin1', 0, 6)), walk: walkGif },
  { fits: (head) => /^RIFF[\s\S]{4}WEBP$/.test(head.toString('latin1', 0, 12)), walk: walkWebp, again: 'RIFF' },
  { fits: (head) => /^RIFF[\s\S]{4}AVI$/.test(head.toString('latin1', 0, 11)), walk: walkAvi },
  { fits: starts('\xff\xd8'), walk: walkJpeg },
  { fits: isBmp, walk: walkBmp, again: 'BM' },
  { fits: isTiff, walk: walkTiff },
  { fits: starts('\x1aE\xdf\xa3'), walk: walkMatroska },
  ...plainFormats,
  // mov.c takes a file whose first box it does not know, if only one of those behind it.
  { fits: () => true, walk: walkBoxes },
]

function isTiff(head: Buffer): boolean {
  const [first, second] = [head.toString('latin1', 0, 2), head.toString('latin1', 2, 4)]
  return first === 'II' ? ['*\0', '+\0'].includes(second) : first === 'MM' && ['\0*', '\0+'].includes(second)
}

function isBmp(head: Buffer): boolean {
  return head.toString('latin1', 0, 2) === 'BM' && [12, 16, 40, 52, 56, 64, 108, 124].includes(head.readUInt32LE(14))
}

const headBytes = 18

/** Reads the sizes of pictures and of frames of videos; every other file is let through unread. */
export function createPictureReader(sink: SizeSink, filename: string): StreamReader {
  return createStreamReader(walk(sink, filename))
}

function* walk(sink: SizeSink, filename: string): Walker {
  const head = yield { peek: headBytes }
  const format = formats.find(({ fits }) => fits(head, filename))
  if (format === undefined) return
  let before = 0
  for (;;) {
    let own = 0
    const frames: Tell['frames'] = (width, height, count) => {
      sink.frame(width, height)
      own = Math.max(own, width * height * count)
      sink.unpacked(before + own)
    }
    const another = (): void => {
      before += own
      own = 0
    }
    yield* format.walk({ ...sink, frames, another })
    if (format.again === undefined) return
    before += own
    yield* seek(format, exactMark(Buffer.from(format.again, 'latin1')), filename)
  }
}

/** To the beginning of the next picture of the same kind. */
function* seek({ fits }: Format, mark: Mark, filename: string): Walker {
  for (;;) {
    yield { find: mark }
    if (fits(yield { peek: headBytes }, filename)) return
    yield { skip: 1 }
  }
}
