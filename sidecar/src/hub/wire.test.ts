import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { binaryFrame, createWires, textFrame } from './wire.ts'

/** Every message in these bytes, by RFC 6455, 5.2. */
function read(bytes: Buffer): readonly (readonly [Buffer, boolean])[] {
  if (bytes.length === 0) return []
  const [first = 0, short = 0] = bytes
  const [start, length] =
    short < 126 ? [2, short] : short === 126 ? [4, bytes.readUInt16BE(2)] : [10, Number(bytes.readBigUInt64BE(2))]
  const isBinary = (first & 0x0f) === 2
  expect([first & 0xf0, isBinary || (first & 0x0f) === 1]).toEqual([0x80, true])
  return [[bytes.subarray(start, start + length), isBinary], ...read(bytes.subarray(start + length))]
}

describe('a frame', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 200_000])('of %i bytes is read as it was written', (length) => {
    const text = 'x'.repeat(length)
    expect(read(textFrame(text))).toEqual([[Buffer.from(text), false]])
    expect(read(binaryFrame(Buffer.from(text)))).toEqual([[Buffer.from(text), true]])
  })

  it('counts bytes, not characters', () => {
    expect(read(textFrame('\u00e9'.repeat(100)))).toEqual([[Buffer.from('\u00e9'.repeat(100)), false]])
  })
})

describe('wires', () => {
  it('keep the order, and send what belongs to one moment together', async () => {
    const wire = new PassThrough()
    const wires = createWires()
    for (const text of ['a', 'b', 'c']) wires.write(wire, textFrame(text))
    expect(wire.readableLength).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(read(wire.read()).map(([data]) => data.toString())).toEqual(['a', 'b', 'c'])
    wires.write(wire, textFrame('d'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(read(wire.read()).map(([data]) => data.toString())).toEqual(['d'])
  })
})
