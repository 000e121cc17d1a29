/** Who hears what ComfyUI tells? One upstream socket, read in order; every downstream socket gets its own user's jobs. */
import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { TenantId, UserId } from '@gatehouse/shared/ids'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { callerKey, type Principal } from '@gatehouse/shared/principal'
import type { RoleName } from '@gatehouse/shared/roles'
import type { WebSocket } from 'ws'
import type { LedgerForHub } from '../ledger/create-ledger.ts'
import { messagePairs } from '../ledger/history-entry.ts'
import type { LiveJob } from '../ledger/live-job.ts'
import type { Clock, LedgerLog } from '../ledger/ports.ts'
import { parseBinaryFrame } from '../transform/binary-frames.ts'
import { isObject, objectOr } from '../transform/json-shape.ts'
import { parseUpstreamJson } from '../transform/lossless-json.ts'
import { parseExecutionEvent } from '../transform/socket-frames.ts'
import { type Audience, createAudience } from './audience.ts'
import { type Backlog, createBacklog } from './backlog.ts'
import { createDeliver } from './deliver.ts'
import { createExecutionSlot } from './execution-slot.ts'
import { createMember, type Member, revokedCode } from './member.ts'
import { createQueueNews } from './queue-news.ts'
import { createSerial } from './serial.ts'
import { createUpstreamLink, type UpstreamLinkDependencies } from './upstream-link.ts'
import { createWatch } from './watch.ts'
import { createWires } from './wire.ts'
import { createWorker, type WorkerOptions } from './worker.ts'
import type { WorkerState } from './worker-health.ts'

/** Keeps a socket open through proxies that close silent ones after 30 s and more. */
const pingEveryMs = 25_000
const defaultMaxSocketsPerUser = 50
const defaultBacklogBytes = 512 * 1024 * 1024
const tooManySockets = 1013
/** RFC 6455 section 7.4.1. */
const internalError = 1011
const clientIdLimit = 128

export interface HubDependencies extends WorkerOptions {
  readonly connect: UpstreamLinkDependencies['connect']
  readonly ledger: LedgerForHub
  /** The sockets of all hubs, where there are several: one for each worker. */
  readonly everybody?: Audience
  /** What the sockets of all hubs have not read yet. */
  readonly backlog?: Backlog
  readonly clock: Clock
  readonly log: LedgerLog
  /** ComfyUI's own flags as this principal may see them (`transform/feature-flags.ts`); `upstream` is incomplete until ComfyUI told. */
  readonly featureFlags: (upstream: JsonObject, principal: Principal) => JsonObject
  /** Event types of custom nodes that may go to the owner of the job that runs. */
  readonly allowEvents?: () => readonly string[]
  readonly maxSockets?: (role: RoleName) => number
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

export interface Hub {
  start(): void
  /** Whether the user may open another socket; ask before the upgrade is answered. */
  mayJoin(principal: Principal): boolean
  /** Ends the socket when it cannot be greeted. @throws store_unavailable */
  join(socket: WebSocket, request: JoinRequest): Promise<void>
  /** Closes the sockets that `revoked` names. */
  close(revoked: (owner: SocketOwner) => boolean): void
  isUpstreamOpen(): boolean
  /** Whether ComfyUI runs what it accepts. */
  worker(): WorkerState
  stop(): void
}

export function createHub(deps: HubDependencies): Hub {
  const { ledger, clock, log } = deps
  const audience = createAudience(deps.everybody)
  /** Not greeted yet: they hear nothing, but count, and can be revoked. */
  const joining = new Set<Member>()
  const addresses = new WeakMap<Member, string>()
  const deliver = createDeliver(audience)
  const wires = createWires()
  const backlog = deps.backlog ?? createBacklog(() => defaultBacklogBytes)
  const slot = createExecutionSlot({ ledger, deliver })
  const serial = createSerial((cause) => log.error('hub_task_failed', cause))
  const news = createQueueNews({ ledger, audience, clock, serial })
  // What the hub itself can do, until ComfyUI has told the rest.
  let flags: JsonObject = { supports_preview_metadata: true }

  const text = (frame: Buffer): Promise<void> | void => {
    const { type, data } = parseMessage(frame)
    const event = parseExecutionEvent(type)
    if (event !== undefined) {
      worker.worked()
      return slot.event(event, data)
    }
    if (type === 'feature_flags') flags = data
    else if (type === 'logs') worker.logged(data)
    else if (typeof type === 'string' && deps.allowEvents?.().includes(type) === true) return slot.allowed(type, data)
  }
  const binary = (frame: Buffer): void => {
    const parsed = parseBinaryFrame(frame)
    if (parsed === undefined) return
    worker.worked()
    slot.binary(parsed)
  }
  const link = createUpstreamLink({
    ...{ connect: deps.connect, clientId: ledger.clientId, clock, log },
    opened: () => {
      watch.opened()
      worker.opened()
    },
    received: (frame, isBinary) => {
      watch.heard()
      serial.add(() => (isBinary ? binary(frame) : text(frame)))
    },
    closed: () => {
      worker.closed()
      serial.add(() => slot.clear())
    },
  })
  const watch = createWatch({ ledger, link, serial, clock, log })
  const worker = createWorker({ ledger, audience, serial, clock, log, options: deps })
  const settled = (job: LiveJob, messages: readonly Json[]): void => {
    slot.clear(job.upstreamId)
    const last = messagePairs({ messages }).at(-1)
    if (last !== undefined) deliver.event(job, ...last)
    deliver.event(job, 'executing', { node: null, prompt_id: job.id })
  }
  const changed = (tenantId: TenantId): void => {
    news.changed(tenantId)
    worker.concerns(tenantId)
  }
  const unlisten = ledger.listen({ changed, doubtful: watch.doubtful, settled })
  const stopPings = repeat(clock, pingEveryMs, () => {
    for (const member of audience.all()) member.ping()
  })
  const mayJoin = (caller: Principal): boolean => {
    const early = [...joining].filter(({ principal }) => callerKey(principal) === callerKey(caller))
    return audience.countOf(caller) + early.length < (deps.maxSockets?.(caller.role) ?? defaultMaxSocketsPerUser)
  }

  return {
    start: () => link.start(),
    mayJoin,
    isUpstreamOpen: () => link.isOpen(),
    worker: () => worker.state(),
    join: async (socket, { principal, address = '', clientId, wire }) => {
      if (!mayJoin(principal)) {
        socket.close(tooManySockets, 'too many sockets')
        return
      }
      // What the client says meanwhile is answered after the greeting, as ComfyUI would.
      socket.pause()
      const member = createMember({
        ...{
          socket,
          wire,
          wires,
          backlog,
          principal,
          clientId: ownClientId(clientId),
          after: clock.after,
          left: audience.remove,
        },
        serverFlags: () => deps.featureFlags(flags, principal),
      })
      addresses.set(member, address)
      joining.add(member)
      try {
        await news.greet(member)
        if (socket.readyState === socket.OPEN) audience.add(member)
      } catch (error) {
        member.close(internalError, 'internal error')
        throw error
      } finally {
        joining.delete(member)
        // Also after a failure: who is paused does not hear that the other end closes, too.
        socket.resume()
      }
      if (socket.readyState !== socket.OPEN) return
      worker.concerns(principal.tenant.id)
      const node = slot.runningNode(principal.userId, member.clientId)
      if (node !== undefined) member.send('executing', { node })
    },
    close: (revoked) => {
      for (const member of [...audience.all(), ...joining]) {
        if (revoked(ownerOf(member, addresses.get(member)))) member.close(revokedCode, 'revoked')
      }
    },
    stop: () => {
      unlisten()
      stopPings()
      watch.stop()
      worker.stop()
      link.close()
      for (const member of [...audience.all(), ...joining]) member.close(1001, 'going away')
    },
  }
}

/** The client's own id when it is short and printable, as ComfyUI would let it; the UI adopts what it is greeted with. */
export function ownClientId(requested: string | undefined): string {
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

function parseMessage(frame: Buffer): { readonly type: Json; readonly data: JsonObject } {
  const message = parseUpstreamJson(frame.toString('utf8'))
  return {
    type: isObject(message) ? (message.type ?? null) : null,
    data: isObject(message) ? objectOr(message.data) : {},
  }
}

function repeat(clock: Clock, everyMs: number, task: () => void): () => void {
  let cancel = clock.after(everyMs, again)
  function again(): void {
    cancel = clock.after(everyMs, again)
    task()
  }
  return () => cancel()
}
