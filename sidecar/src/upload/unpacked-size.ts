/** How much does a gzip file unpack to? It is unpacked on its way, counted and thrown away. */
import { createGunzip, type Gunzip } from 'node:zlib'

export interface Unpacker {
  /** Rejects when too much came out so far, or what nobody can unpack. */
  push(chunk: Buffer): Promise<void>
  end(): Promise<void>
  abort(): void
}

/**
 * Python unpacks more than zlib does: all members, also behind zeros, and those with a wrong checksum of their head
 * (gzip.decompress). So everything must be unpacked to the last byte here.
 */
export function createUnpacker(mostBytes: number, refuse: () => Error): Unpacker {
  const gunzip = createGunzip()
  let [taken, made] = [0, 0]
  let problem: Error | undefined
  const stop = (): void => {
    problem ??= refuse()
    gunzip.destroy()
  }
  const closed = new Promise<void>((resolve) => gunzip.once('close', resolve))
  gunzip.on('data', (bytes: Buffer) => {
    made += bytes.length
    if (made > mostBytes) stop()
  })
  gunzip.on('error', stop)
  const check = (): void => {
    if (problem !== undefined) throw problem
  }
  return {
    push: async (chunk) => {
      check()
      taken += chunk.length
      if (!gunzip.write(chunk)) await Promise.race([drained(gunzip), closed])
      check()
    },
    end: async () => {
      check()
      gunzip.end()
      await closed
      check()
      // It ends of its own accord before what is no further member.
      if (gunzip.bytesWritten < taken) throw refuse()
    },
    abort: () => gunzip.destroy(),
  }
}

function drained(gunzip: Gunzip): Promise<void> {
  return new Promise((resolve) => gunzip.once('drain', resolve))
}
