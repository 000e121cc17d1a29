/** How is a file read in order, without holding it? Takes what has to be looked at, passes on the rest. */

/** The file ends, or is built, in a way that its format does not allow. */
export class Malformed extends Error {}

export interface ByteReader {
  /** The next `count` bytes without consuming them; fewer at the end of the file. */
  peek(count: number): Promise<Buffer>
  /** Exactly the next `count` bytes. @throws Malformed at the end of the file */
  take(count: number): Promise<Buffer>
  /** The next `count` bytes, piece by piece. @throws Malformed at the end of the file */
  pass(count: number): AsyncGenerator<Buffer>
  /** Forgets the next `count` bytes. @throws Malformed at the end of the file */
  skip(count: number): Promise<void>
  /** All that is left. */
  rest(): AsyncGenerator<Buffer>
}

/** What one look may hold in memory, and walk through in one go: the head of a video of hours, never its body. */
const holdsBytes = 8 * 1024 * 1024

export function createByteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const chunks = source[Symbol.asyncIterator]()
  let held = Buffer.alloc(0)
  const fill = async (count: number): Promise<void> => {
    if (count > holdsBytes) throw new Malformed('a part of the file is larger than any head')
    const pieces = [held]
    let length = held.length
    while (length < count) {
      const next = await chunks.next()
      if (next.done === true) break
      pieces.push(Buffer.from(next.value))
      length += next.value.length
    }
    held = pieces.length === 1 ? held : Buffer.concat(pieces)
  }
  const cut = (count: number): Buffer => {
    const piece = held.subarray(0, count)
    held = held.subarray(count)
    return piece
  }
  async function* pass(count: number): AsyncGenerator<Buffer> {
    let left = count
    while (left > 0) {
      await fill(1)
      if (held.length === 0) throw new Malformed('the file ends too early')
      const piece = cut(Math.min(left, held.length))
      left -= piece.length
      yield piece
    }
  }
  return {
    peek: async (count) => {
      await fill(count)
      return held.subarray(0, count)
    },
    take: async (count) => {
      await fill(count)
      if (held.length < count) throw new Malformed('the file ends too early')
      return cut(count)
    },
    pass,
    skip: async (count) => {
      for await (const _ of pass(count));
    },
    rest: async function* () {
      for (;;) {
        await fill(1)
        if (held.length === 0) return
        yield cut(held.length)
      }
    },
  }
}
