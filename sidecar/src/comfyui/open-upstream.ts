/** How is a body read only as far as it may be kept? */
import { Readable } from 'node:stream'
import type { FetchUpstream, OpenUpstream } from './fetch-upstream.ts'

/** Opens by fetching: for where nothing better is at hand. */
export function openFrom(fetchUpstream: FetchUpstream): OpenUpstream {
  return async (path, options) => {
    const reply = await fetchUpstream(path, options)
    return { ...reply, body: Readable.from(reply.body.length === 0 ? [] : [reply.body]) }
  }
}

/** The whole body; undefined, and the stream destroyed, when it is or turns out larger than allowed. */
export async function readUpTo(
  body: Readable,
  announcedBytes: number,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  if (announcedBytes <= maxBytes) {
    for await (const chunk of body) {
      sizeBytes += chunk.length
      if (sizeBytes > maxBytes) break
      chunks.push(chunk)
    }
    // A connection that ended early must not become a file that is kept.
    if (sizeBytes < announcedBytes && sizeBytes <= maxBytes) throw new Error('a static file ended early')
  }
  body.destroy()
  return announcedBytes > maxBytes || sizeBytes > maxBytes ? undefined : Buffer.concat(chunks, sizeBytes)
}
