/** When does a socket end that was opened with a credential which ends by itself? At that moment, whoever still listens. */
import type { WebSocket } from 'ws'
import { revokedCode } from '../hub/member.ts'

/** Milliseconds; timers of Node count no further (31 bits). */
const longestTimer = 2 ** 31 - 1
/** For the other side to answer the closing handshake. */
const terminateAfterMs = 1_000

/** `expiresAtMs` since the epoch; undefined: never. */
export function endInTime(socket: WebSocket, expiresAtMs: number | undefined, now: () => number = Date.now): void {
  if (expiresAtMs === undefined) return
  let timer: NodeJS.Timeout
  const look = (): void => {
    const leftMs = expiresAtMs - now()
    if (leftMs > 0) {
      timer = setTimeout(look, Math.min(leftMs, longestTimer)).unref()
      return
    }
    socket.close(revokedCode, 'expired')
    timer = setTimeout(() => socket.terminate(), terminateAfterMs).unref()
  }
  look()
  socket.once('close', () => clearTimeout(timer))
}
