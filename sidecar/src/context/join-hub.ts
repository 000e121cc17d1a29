/** How does a browser's socket come to its hub? Counted, upgraded, and handed to the hub of its worker. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Principal } from '@gatehouse/shared/principal'
import { WebSocketServer } from 'ws'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Hub } from '../hub/hub.ts'
import type { JoinScope } from '../lane.ts'
import type { Log } from '../log.ts'
import { endInTime } from './end-in-time.ts'

/** @throws too_many_requests, tenant_split before the upgrade is answered */
export type JoinHub = (message: IncomingMessage, socket: Duplex, head: Buffer, scope: JoinScope) => Promise<void>

/** The stock UI sends one small frame; ComfyUI ignores everything else. */
const maxClientFrameBytes = 64 * 1024

export function joinHubOf(hubOf: (principal: Principal) => Promise<Hub>, log: Log): JoinHub {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: maxClientFrameBytes })
  return async (message, socket, head, { principal, clientAddress: address, clientId }) => {
    const hub = await hubOf(principal)
    if (!hub.mayJoin(principal)) throw new GatehouseError('too_many_requests', { message: 'Too many open sockets.' })
    server.handleUpgrade(message, socket, head, (joined) => {
      joined.on('error', () => joined.terminate())
      endInTime(joined, principal.identity.expiresAtMs)
      hub.join(joined, { principal, address, clientId, wire: socket }).catch((error: unknown) => {
        log.error({ err: error }, 'a socket could not join')
      })
    })
  }
}
