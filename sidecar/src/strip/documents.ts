/** Where do files of text keep what made them? Safetensors, GLB and SVG, without it. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isObject } from '../transform/json-shape.ts'
import { parseUpstreamJsonInTurns, stringifyJson } from '../transform/lossless-json.ts'
import { type ByteReader, Malformed } from './byte-reader.ts'

const jsonChunk = 0x4e4f534a
const longestSvgBytes = 8 * 1024 * 1024
/** What is parsed and printed as a whole: a scene, or the table of a large model's tensors, takes less. */
const longestJsonBytes = 4 * 1024 * 1024

/** Safetensors: eight bytes of length, a JSON head; the tensors' offsets begin behind it. */
export async function* safetensors(reader: ByteReader): AsyncGenerator<Buffer> {
  const length = await reader.take(8)
  const head = await takeHead(reader, safeLength(length.readBigUInt64LE(0)))
  yield length
  yield padded(head, ({ __metadata__: _, ...tensors }) => tensors)
  yield* reader.rest()
}

/** glTF 2.0 binary: a head of 12 bytes, then the JSON chunk. `extras` may hold anything. */
export async function* glb(reader: ByteReader): AsyncGenerator<Buffer> {
  yield await reader.take(12)
  const head = await reader.take(8)
  if (head.readUInt32LE(4) !== jsonChunk) throw new Malformed('no JSON where GLB has it')
  const scene = await takeHead(reader, head.readUInt32LE(0))
  yield head
  yield padded(scene, ({ extras: _, asset, ...rest }) => ({
    ...rest,
    ...(asset === undefined ? {} : { asset: bare(asset) }),
  }))
  yield* reader.rest()
}

/** The texts stand in `metadata` elements and in comments. */
export async function* svg(reader: ByteReader): AsyncGenerator<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of reader.rest()) {
    length += piece.length
    if (length > longestSvgBytes) throw new Malformed('a drawing larger than any')
    pieces.push(Buffer.from(piece))
  }
  const markup = Buffer.concat(pieces).toString('utf8')
  yield Buffer.from(drawn(markup))
}

const marks = /<!--|<!\[CDATA\[|<metadata(?=[\s>])|<\/metadata\s*>/gi
const endOf: Readonly<Record<string, string | undefined>> = { '<!--': '-->', '<![CDATA[': ']]>' }

/** One pass: the author of a drawing with many openings and no end must not have each of them looked for anew. */
function drawn(markup: string): string {
  const parts: string[] = []
  let [at, isInside] = [0, false]
  for (let mark = nextMark(markup, at); mark !== undefined; mark = nextMark(markup, at)) {
    const [opening] = mark
    if (!isInside) parts.push(markup.slice(at, mark.index))
    const end = endOf[opening.toUpperCase()]
    const found = end === undefined ? mark.index : markup.indexOf(end, mark.index + opening.length)
    if (found === -1) throw unending()
    at = found + (end ?? opening).length
    if (end === undefined) isInside = !opening.startsWith('</')
  }
  if (isInside) throw unending()
  return [...parts, markup.slice(at)].join('')
}

function nextMark(markup: string, from: number): RegExpExecArray | undefined {
  marks.lastIndex = from
  return marks.exec(markup) ?? undefined
}

function unending(): Malformed {
  return new Malformed('a text in a drawing that does not end')
}

interface Head {
  readonly value: JsonObject
  readonly bytes: number
}

async function takeHead(reader: ByteReader, length: number): Promise<Head> {
  if (length > longestJsonBytes) throw new Malformed('a JSON head larger than any')
  const bytes = await reader.take(length)
  try {
    const value = await parseUpstreamJsonInTurns(bytes.toString('utf8'))
    if (isObject(value)) return { value, bytes: bytes.length }
  } catch {
    // Said below in the words of a file.
  }
  throw new Malformed('no JSON object in the head')
}

/** The same number of bytes, with spaces behind: both formats allow them. */
function padded({ value, bytes }: Head, keep: (value: JsonObject) => JsonObject): Buffer {
  const text = Buffer.from(stringifyJson(keep(value)))
  if (text.length > bytes) throw new Malformed('a head that grows when it is written again')
  return Buffer.concat([text, Buffer.alloc(bytes - text.length, 0x20)])
}

function bare(asset: Json): Json {
  if (!isObject(asset)) return asset
  const { extras: _, ...rest } = asset
  return rest
}

function safeLength(length: bigint): number {
  if (length > BigInt(Number.MAX_SAFE_INTEGER)) throw new Malformed('a head of no length')
  return Number(length)
}
