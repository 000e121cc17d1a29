/** How is a WebP written with nothing but a bit writer? Lossless, every symbol in eight bits: valid, not small. */
import type { Bitmap } from './png.ts'

const greenSymbols = 280
const literalSymbols = 256
// RFC 9649, section 3.7.2.1: the order in which the lengths of the code length code are stored.
const codeLengthOrder = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]

/** @throws when the picture is larger than WebP's 16384 pixels a side */
export function encodeWebp(bitmap: Bitmap & { readonly channels: 4; readonly hasAlpha: boolean }): Buffer {
  if (bitmap.width > 16_384 || bitmap.height > 16_384) throw new Error('encoding error 5')
  const bits = createBitWriter(bitmap.width * bitmap.height * 4 + 512)
  bits.write(0x2f, 8)
  bits.write(bitmap.width - 1, 14)
  bits.write(bitmap.height - 1, 14)
  bits.write(bitmap.hasAlpha ? 1 : 0, 1)
  bits.write(0, 3)
  // No transform, no colour cache, one group of codes.
  bits.write(0, 3)
  writeFlatCode(bits, greenSymbols)
  for (let code = 0; code < 3; code += 1) writeFlatCode(bits, literalSymbols)
  writeUnusedCode(bits)
  for (let at = 0; at < bitmap.pixels.length; at += 4) {
    for (const channel of [1, 0, 2, 3]) bits.write(reversedByte(bitmap.pixels[at + channel] ?? 0), 8)
  }
  return wrap(bits.finish())
}

// 256 codes of length 8, the rest unused. The lengths themselves are coded with two symbols: 8 as 0, 0 as 1.
function writeFlatCode(bits: BitWriter, symbols: number): void {
  bits.write(0, 1)
  const used = [0, 8]
  const count = codeLengthOrder.lastIndexOf(8) + 1
  bits.write(count - 4, 4)
  for (const symbol of codeLengthOrder.slice(0, count)) bits.write(used.includes(symbol) ? 1 : 0, 3)
  bits.write(0, 1)
  // Canonical codes: the smaller symbol, 0, gets bit 0.
  for (let symbol = 0; symbol < symbols; symbol += 1) bits.write(symbol < literalSymbols ? 1 : 0, 1)
}

// The distance code: a simple one with the single symbol 0, written in one bit.
function writeUnusedCode(bits: BitWriter): void {
  bits.write(0b0001, 4)
}

interface BitWriter {
  readonly write: (value: number, width: number) => void
  readonly finish: () => Buffer
}

function createBitWriter(capacity: number): BitWriter {
  const made = Buffer.alloc(capacity)
  let position = 0
  return {
    write: (value, width) => {
      for (let bit = 0; bit < width; bit += 1, position += 1) {
        if ((value >> bit) & 1) made[position >> 3] = (made[position >> 3] ?? 0) | (1 << (position & 7))
      }
    },
    finish: () => made.subarray(0, (position + 7) >> 3),
  }
}

// Codes are stored from their most significant bit on, everything else from the least.
function reversedByte(value: number): number {
  let made = 0
  for (let bit = 0; bit < 8; bit += 1) made |= ((value >> bit) & 1) << (7 - bit)
  return made
}

function wrap(data: Buffer): Buffer {
  const padded = data.length % 2 === 0 ? data : Buffer.concat([data, Buffer.alloc(1)])
  const head = Buffer.alloc(20)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(padded.length + 12, 4)
  head.write('WEBPVP8L', 8, 'latin1')
  head.writeUInt32LE(data.length, 16)
  return Buffer.concat([head, padded])
}
