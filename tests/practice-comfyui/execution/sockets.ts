/** Who is connected, and who hears an event? One socket a clientId; events without one go to everybody. */
import type { WebSocket } from 'ws'
import { dumpPythonJson } from '../python/dump-json.ts'
import { isDict, isTruthy, type Plain, type PythonValue, python } from '../python/values.ts'

/** `undefined` and `null` are Python's None: everybody. */
export type Addressee = PythonValue | undefined

export interface Sockets {
  /** Takes over an id: the older socket stays open and hears nothing any more. */
  readonly add: (id: string, socket: WebSocket) => void
  /** Whoever closes removes the id, even when a newer socket has it. */
  readonly remove: (id: string) => void
  readonly setFlags: (id: string, flags: PythonValue) => void
  readonly supportsPreviewMetadata: (id: Addressee) => boolean
  readonly sendEvent: (event: string, data: Plain, to: Addressee) => void
  readonly sendBinary: (type: number, payload: Buffer, to: Addressee) => void
  readonly has: (id: string) => boolean
}

/** `onUnhashable` is called when a client id is a list or an object: the real process ends there. */
export function createSockets(onUnhashable: () => void): Sockets {
  const sockets = new Map<string, WebSocket>()
  const flags = new Map<string, PythonValue>()
  const send = (message: string | Buffer, to: Addressee) => {
    if (to === undefined || to === null) {
      for (const socket of sockets.values()) socket.send(message)
    } else if (Array.isArray(to) || isDict(to)) onUnhashable()
    else if (typeof to === 'string') sockets.get(to)?.send(message)
  }
  return {
    add: (id, socket) => {
      sockets.set(id, socket)
      flags.set(id, new Map())
    },
    remove: (id) => {
      sockets.delete(id)
      flags.delete(id)
    },
    setFlags: (id, sent) => {
      flags.set(id, sent)
    },
    supportsPreviewMetadata: (id) => {
      const known = typeof id === 'string' ? flags.get(id) : undefined
      return isDict(known) && isTruthy(known.get('supports_preview_metadata'))
    },
    sendEvent: (event, data, to) => send(dumpPythonJson(python({ type: event, data })), to),
    sendBinary: (type, payload, to) => {
      const head = Buffer.alloc(4)
      head.writeUInt32BE(type)
      send(Buffer.concat([head, payload]), to)
    },
    has: (id) => sockets.has(id),
  }
}
