/** Which parser knows this file? By its first bytes, for texts by its name; what nobody knows is not shown. */
import { type ByteReader, createByteReader } from './byte-reader.ts'
import { glb, safetensors, svg } from './documents.ts'
import { exr, jpeg, png, riff } from './pictures.ts'
import { flac, mp3, ogg } from './sounds.ts'
import { isoMedia, matroska } from './videos.ts'

type Parser = (reader: ByteReader) => AsyncGenerator<Buffer>

interface Format {
  readonly parser: Parser
  /** Texts (Latin-1) that stand at these places of the file. */
  readonly signatures: readonly (readonly [at: number, text: string])[]
}

const formats: readonly Format[] = [
  { parser: png, signatures: [[0, '\x89PNG\r\n\x1a\n']] },
  { parser: jpeg, signatures: [[0, '\xff\xd8\xff']] },
  {
    parser: riff,
    signatures: [
      [0, 'RIFF'],
      [8, 'WEBP'],
    ],
  },
  {
    parser: riff,
    signatures: [
      [0, 'RIFF'],
      [8, 'WAVE'],
    ],
  },
  { parser: exr, signatures: [[0, '\x76\x2f\x31\x01']] },
  { parser: isoMedia, signatures: [[4, 'ftyp']] },
  { parser: matroska, signatures: [[0, '\x1a\x45\xdf\xa3']] },
  { parser: flac, signatures: [[0, 'fLaC']] },
  { parser: ogg, signatures: [[0, 'OggS']] },
  { parser: mp3, signatures: [[0, 'ID3']] },
  ...['\xfb', '\xfa', '\xf3', '\xf2'].map((second): Format => ({ parser: mp3, signatures: [[0, `\xff${second}`]] })),
  { parser: glb, signatures: [[0, 'glTF']] },
  { parser: safetensors, signatures: [[6, '\0\0{']] },
]
const signatureBytes = 16

const byEnding: readonly (readonly [RegExp, Parser])[] = [
  [/\.svg$/i, svg],
  // The text, the points and the triangles are all there is.
  [/\.(?:txt|md|csv|obj|stl|ply|splat|ksplat|spz)$/i, (reader) => reader.rest()],
]

/** The file without what says how it was made; undefined when nobody knows its format. @throws Malformed while it is read */
export async function stripped(
  filename: string,
  source: AsyncIterable<Uint8Array>,
): Promise<AsyncGenerator<Buffer> | undefined> {
  const reader = createByteReader(source)
  const start = (await reader.peek(signatureBytes)).toString('latin1')
  const parser =
    formats.find(({ signatures }) => signatures.every(([at, text]) => start.startsWith(text, at)))?.parser ??
    byEnding.find(([ending]) => ending.test(filename))?.[1]
  return parser?.(reader)
}
