/** How does a client that is still sending hear that it was refused? It is listened to for a moment, then cut off. */
import type { IncomingMessage } from 'node:http'

const lingerMs = 2_000
const lingerBytes = 64 * 1024 * 1024

/**
 * Reads on, and forgets. A connection closed now would answer the next byte with a reset, which takes the refusal
 * along (RFC 9112, 9.6); one that stays open for ever would be the client's to keep.
 */
export function lingerOver(request: IncomingMessage): void {
  let readBytes = 0
  const cut = (): void => {
    request.socket.destroy()
  }
  const timer = setTimeout(cut, lingerMs)
  request.once('close', () => clearTimeout(timer))
  request.on('error', () => undefined)
  request.on('data', (chunk: Buffer) => {
    readBytes += chunk.length
    if (readBytes > lingerBytes) cut()
  })
  request.resume()
}
