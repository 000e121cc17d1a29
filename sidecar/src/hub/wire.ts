/** How do the same bytes get to hundreds of sockets at little cost? Framed once, and written with what follows in the same moment. */
import type { Duplex } from 'node:stream'

// RFC 6455, 5.2: a whole message in one frame, which a server does not mask.
const wholeText = 0x81
const wholeBinary = 0x82
const shortLimit = 126
const longLimit = 65_536

/** A text message, as it goes over the wire. */
export function textFrame(text: string): Buffer {
  return frame(wholeText, Buffer.from(text))
}

export function binaryFrame(data: Buffer): Buffer {
  return frame(wholeBinary, data)
}

function frame(first: number, payload: Buffer): Buffer {
  return Buffer.concat([head(first, payload.length), payload])
}

function head(first: number, length: number): Buffer {
  if (length < shortLimit) return Buffer.from([first, length])
  if (length < longLimit) {
    const bytes = Buffer.from([first, 126, 0, 0])
    bytes.writeUInt16BE(length, 2)
    return bytes
  }
  const bytes = Buffer.alloc(10)
  bytes[0] = first
  bytes[1] = 127
  bytes.writeBigUInt64BE(BigInt(length), 2)
  return bytes
}

export interface Wires {
  /** Writes whole frames only: between two of them, `ws` may write its own on the same wire. */
  write(wire: Duplex, frame: Buffer): void
}

/** What is written to a wire before the event loop turns goes out in one piece: one call of the system instead of many. */
export function createWires(): Wires {
  const held = new Set<Duplex>()
  const release = (): void => {
    for (const wire of held) wire.uncork()
    held.clear()
  }
  return {
    write: (wire, bytes) => {
      if (!held.has(wire)) {
        if (held.size === 0) setImmediate(release)
        held.add(wire)
        wire.cork()
      }
      wire.write(bytes)
    },
  }
}
