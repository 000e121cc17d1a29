/** What may one downstream socket send and receive? Everything it says is ignored but its feature flags. */
import type { Duplex } from 'node:stream'
import type { JsonObject } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import type { WebSocket } from 'ws'
import { isObject, objectOr } from '../transform/json-shape.ts'
import { parseJson, stringifyJson } from '../transform/lossless-json.ts'
import type { Backlog, Reader } from './backlog.ts'
import { textFrame, type Wires } from './wire.ts'

/** The only message the stock UI sends has 150 bytes; the integrator sets it as `maxPayload` too. */
export const memberMessageLimitBytes = 64 * 1024
/** From here on previews are left out, which nobody misses. */
const skipPreviewsBytes = 1024 * 1024
/**
 * A reader this far behind is dropped alone, so that it neither fills memory nor holds anybody up. One longer frame may
 * be under way beside it: who reads 20 MB reads well, and is told small things meanwhile.
 */
const tooSlowBytes = 8 * 1024 * 1024
const terminateAfterMs = 1_000

/** RFC 6455 section 7.4 and the registry behind it: try again later. */
const tryAgainLater = 1013
/** Private use: the session, key or user behind the socket was revoked. */
export const revokedCode = 4401

export interface Member {
  readonly principal: Principal
  readonly clientId: string
  /** Whether it asked for previews with metadata. */
  wantsMetadata(): boolean
  send(type: string, data: JsonObject): void
  /** A frame that was made before (`wire.ts`): many sockets hold the same bytes. */
  sendText(frame: Buffer): void
  sendBinary(frame: Buffer): void
  /** Asks whether it still lives; drops it when the last question was not answered. */
  ping(): void
  close(code: number, reason: string): void
}

export interface MemberDependencies {
  readonly socket: WebSocket
  /** The connection below it. */
  readonly wire: Duplex
  readonly wires: Wires
  /** What all sockets have not read yet. */
  readonly backlog: Backlog
  readonly principal: Principal
  readonly clientId: string
  readonly serverFlags: () => JsonObject
  readonly after: (delayMs: number, task: () => void) => () => void
  readonly left: (member: Member) => void
}

export function createMember(deps: MemberDependencies): Member {
  const { socket, wire } = deps
  let alive = true
  let first = true
  let wantsMetadata = false
  /** Of the frame under way that is longer than all that may wait. */
  let longBytes = 0
  const isTooSlowFor = (frame: Buffer): boolean => {
    if (wire.writableLength === 0) longBytes = 0
    const waitingBytes = wire.writableLength - longBytes
    if (frame.length <= tooSlowBytes) return waitingBytes + frame.length > tooSlowBytes
    if (longBytes > 0 || waitingBytes > tooSlowBytes) return true
    longBytes = frame.length
    return false
  }
  const left = (): void => {
    deps.backlog.gone(reader)
    deps.left(member)
  }
  const close = (code: number, reason: string): void => {
    socket.close(code, reason)
    left()
    deps.after(terminateAfterMs, () => socket.terminate())
  }
  const write = (frame: Buffer): void => {
    if (socket.readyState !== socket.OPEN) return
    if (isTooSlowFor(frame)) {
      drop()
      return
    }
    deps.wires.write(wire, frame)
    deps.backlog.written(reader)
  }
  const drop = (): void => {
    close(tryAgainLater, 'reading too slowly')
    // Nobody reads the closing handshake either.
    socket.terminate()
  }
  const reader: Reader = { principal: deps.principal, clientId: deps.clientId, wire, drop }
  const member: Member = {
    principal: deps.principal,
    clientId: deps.clientId,
    wantsMetadata: () => wantsMetadata,
    send: (type, data) => write(textFrame(stringifyJson({ type, data }))),
    sendText: write,
    sendBinary: (frame) => {
      if (wire.writableLength <= skipPreviewsBytes) write(frame)
    },
    ping: () => {
      if (!alive) {
        socket.terminate()
        return
      }
      alive = false
      if (socket.readyState === socket.OPEN) socket.ping()
    },
    close,
  }
  socket.on('pong', () => {
    alive = true
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', left)
  socket.on('message', (data, isBinary) => {
    alive = true
    const message = isBinary || !first ? undefined : parseClientMessage(String(data))
    if (message === undefined) return
    // Only the first message that is an object counts (server.py websocket_handler).
    first = false
    if (message.type !== 'feature_flags') return
    wantsMetadata = objectOr(message.data).supports_preview_metadata === true
    member.send('feature_flags', deps.serverFlags())
  })
  return member
}

function parseClientMessage(text: string): JsonObject | undefined {
  if (text.length > memberMessageLimitBytes) return undefined
  try {
    const message = parseJson(text)
    return isObject(message) ? message : undefined
  } catch {
    // ComfyUI logs and ignores what is no JSON; so do we, without the log.
    return undefined
  }
}
