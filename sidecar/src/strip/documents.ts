/** Where do files of text keep what made them? Safetensors, GLB and SVG, without it. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isObject } from '../transform/json-shape.ts'
import { parseUpstreamJson, stringifyJson } from '../transform/lossless-json.ts'
import { type ByteReader, Malformed } from './byte-reader.ts'

const jsonChunk = 0x4e4f534a
const longestSvgBytes = 32 * 1024 * 1024

/** Safetensors: eight bytes of length, a JSON head; the tensors' offsets begin behind it. */
export async function* safetensors(reader: ByteReader): AsyncGenerator<Buffer> {
  const length = await reader.take(8)
  const head = parseHead(await reader.take(safeLength(length.readBigUInt64LE(0))))
  yield length
  yield padded(head, ({ __metadata__: _, ...tensors }) => tensors)
  yield* reader.rest()
}

/** glTF 2.0 binary: a head of 12 bytes, then the JSON chunk. `extras` may hold anything. */
export async function* glb(reader: ByteReader): AsyncGenerator<Buffer> {
  yield await reader.take(12)
  const head = await reader.take(8)
  if (head.readUInt32LE(4) !== jsonChunk) throw new Malformed('no JSON where GLB has it')
  const scene = parseHead(await reader.take(head.readUInt32LE(0)))
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
  const drawn = markup
    .replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<metadata[\s>][\s\S]*?<\/metadata\s*>/gi, '')
  yield Buffer.from(drawn)
}

interface Head {
  readonly value: JsonObject
  readonly bytes: number
}

function parseHead(bytes: Buffer): Head {
  try {
    const value = parseUpstreamJson(bytes.toString('utf8'))
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
