/** Is the one upstream socket up? Connects under one id, again and again, and always reads what comes. */
import type { RawData, WebSocket } from 'ws'
import type { Clock, LedgerLog } from '../ledger/ports.ts'

const firstRetryMs = 250
const lastRetryMs = 5_000
const heartbeatMs = 20_000
const openState = 1

/** Previews come with the job's id only to those who say this (server.py websocket_handler). */
const announcement = JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } })

export interface UpstreamLinkDependencies {
  /** Opens a socket to ComfyUI's `/ws`; sends the guard's headers, proves ComfyUI first where that is due. */
  readonly connect: (clientId: string) => WebSocket | Promise<WebSocket>
  readonly clientId: string
  readonly clock: Clock
  readonly log: LedgerLog
  readonly opened: () => void
  readonly received: (frame: Buffer, isBinary: boolean) => void
  readonly closed: () => void
}

export interface UpstreamLink {
  start(): void
  isOpen(): boolean
  /** Gives up on a socket that has gone deaf, and opens another. */
  reconnect(): void
  close(): void
}

export function createUpstreamLink(deps: UpstreamLinkDependencies): UpstreamLink {
  const { clock, log } = deps
  let socket: WebSocket | undefined
  let heard = false
  let failures = 0
  let stopped = false

  const retry = (): void => {
    if (stopped) return
    const delayMs = Math.min(firstRetryMs * 2 ** failures, lastRetryMs)
    failures += 1
    clock.after(delayMs, connect)
  }
  const connect = (): void => {
    if (stopped) return
    Promise.resolve()
      .then(() => deps.connect(deps.clientId))
      .then(adopt)
      .catch((cause: unknown) => {
        log.error('upstream_socket_failed', cause)
        retry()
      })
  }
  const opened = (opening: WebSocket): void => {
    failures = 0
    heard = true
    opening.send(announcement)
    deps.opened()
    beat(opening)
  }
  const adopt = (opening: WebSocket): void => {
    socket = opening
    opening.on('message', (data, isBinary) => {
      heard = true
      deps.received(toBuffer(data), isBinary)
    })
    opening.on('pong', () => {
      heard = true
    })
    opening.on('error', (cause) => log.error('upstream_socket_failed', cause))
    // Only now: while ComfyUI still holds the old socket of this id, its end would remove the new one's registration.
    opening.on('close', () => {
      socket = undefined
      deps.closed()
      retry()
    })
    if (stopped) opening.terminate()
    else if (opening.readyState === openState) opened(opening)
    else opening.on('open', () => opened(opening))
  }
  const beat = (opening: WebSocket): void => {
    clock.after(heartbeatMs, () => {
      if (socket !== opening) return
      if (!heard) {
        opening.terminate()
        return
      }
      heard = false
      opening.ping()
      beat(opening)
    })
  }

  return {
    start: connect,
    isOpen: () => socket?.readyState === openState,
    reconnect: () => socket?.close(),
    close: () => {
      stopped = true
      socket?.terminate()
    },
  }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}
