/** Whose socket is let in, and when must it go? Bounded for each caller, revocable before it hears anything. */
import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { UserId } from '@gatehouse/shared/ids'
import type { JsonObject } from '@gatehouse/shared/json'
import { callerKey, type Principal } from '@gatehouse/shared/principal'
import type { RoleName } from '@gatehouse/shared/roles'
import type { WebSocket } from 'ws'
import type { Clock } from '../ledger/ports.ts'
import type { Audience } from './audience.ts'
import { type Backlog, createBacklog } from './backlog.ts'
import { createMember, type Member, revokedCode } from './member.ts'
import { createWires } from './wire.ts'

/** Keeps a socket open through proxies that close silent ones after 30 s and more. */
const pingEveryMs = 25_000
const defaultMaxSocketsPerUser = 50
const defaultBacklogBytes = 512 * 1024 * 1024
const tooManySockets = 1013
/** RFC 6455 section 7.4.1. */
const internalError = 1011
const clientIdLimit = 128

export interface DoorOptions {
  /** What the sockets of all hubs have not read yet. */
  readonly backlog?: Backlog
  readonly maxSockets?: (role: RoleName) => number
}

export interface DoorDependencies {
  readonly audience: Audience
  readonly clock: Clock
  readonly options: DoorOptions
  /** The server's own flags, as this principal may see them at this moment. */
  readonly serverFlags: (principal: Principal) => JsonObject
  /** Says to a new socket what every socket hears first. @throws store_unavailable */
  readonly greet: (member: Member) => Promise<void>
  /** It is greeted, and hears what concerns it from now on. */
  readonly joined: (member: Member) => void
}

export interface JoinRequest {
  readonly principal: Principal
  /** Where it came from. */
  readonly address?: string
  /** What the client sent; one it cannot go by is replaced by a minted one. */
  readonly clientId: string | undefined
  /** The connection below the socket. */
  readonly wire: Duplex
}

/** What revocation knows about a socket. */
export interface SocketOwner {
  readonly userId: UserId
  readonly role: RoleName
  readonly credentialId: string
  /** Empty where it is not known. */
  readonly address: string
}

export interface Door {
  /** Whether the user may open another socket; ask before the upgrade is answered. */
  mayJoin(principal: Principal): boolean
  /** Ends the socket when it cannot be greeted. @throws store_unavailable */
  join(socket: WebSocket, request: JoinRequest): Promise<void>
  /** Closes the sockets that `revoked` names. */
  close(revoked: (owner: SocketOwner) => boolean): void
  /** Says goodbye to everybody. */
  stop(): void
}

export function createDoor({ audience, clock, options, serverFlags, greet, joined }: DoorDependencies): Door {
  /** Not greeted yet: they hear nothing, but count, and can be revoked. */
  const joining = new Set<Member>()
  const addresses = new WeakMap<Member, string>()
  const wires = createWires()
  const backlog = options.backlog ?? createBacklog(() => defaultBacklogBytes)
  const stopPings = repeat(clock, pingEveryMs, () => {
    for (const member of audience.all()) member.ping()
  })
  const mayJoin = (caller: Principal): boolean => {
    const early = [...joining].filter(({ principal }) => callerKey(principal) === callerKey(caller))
    return audience.countOf(caller) + early.length < (options.maxSockets?.(caller.role) ?? defaultMaxSocketsPerUser)
  }

  return {
    mayJoin,
    join: async (socket, { principal, address = '', clientId, wire }) => {
      if (!mayJoin(principal)) {
        socket.close(tooManySockets, 'too many sockets')
        return
      }
      // What the client says meanwhile is answered after the greeting, as ComfyUI would.
      socket.pause()
      const member = createMember({
        ...{ socket, wire, wires, backlog, principal, clientId: ownClientId(clientId) },
        ...{ after: clock.after, left: audience.remove, serverFlags: () => serverFlags(principal) },
      })
      addresses.set(member, address)
      joining.add(member)
      try {
        await greet(member)
        if (socket.readyState === socket.OPEN) audience.add(member)
      } catch (error) {
        member.close(internalError, 'internal error')
        throw error
      } finally {
        joining.delete(member)
        // Also after a failure: who is paused does not hear that the other end closes, too.
        socket.resume()
      }
      if (socket.readyState === socket.OPEN) joined(member)
    },
    close: (revoked) => {
      for (const member of [...audience.all(), ...joining]) {
        if (revoked(ownerOf(member, addresses.get(member)))) member.close(revokedCode, 'revoked')
      }
    },
    stop: () => {
      stopPings()
      for (const member of [...audience.all(), ...joining]) member.close(1001, 'going away')
    },
  }
}

/** The client's own id when it is short and printable, as ComfyUI would let it; the UI adopts what it is greeted with. */
function ownClientId(requested: string | undefined): string {
  const usable =
    requested !== undefined &&
    requested.length > 0 &&
    requested.length <= clientIdLimit &&
    /^[\x20-\x7e]+$/.test(requested)
  return usable ? requested : randomBytes(16).toString('hex')
}

function ownerOf({ principal }: Member, address = ''): SocketOwner {
  const { userId, role, identity } = principal
  return { userId, role, credentialId: identity.credentialId, address }
}

function repeat(clock: Clock, everyMs: number, task: () => void): () => void {
  let cancel = clock.after(everyMs, again)
  function again(): void {
    cancel = clock.after(everyMs, again)
    task()
  }
  return () => cancel()
}
