/** Who hears what ComfyUI tells? One upstream socket, read in order; every downstream socket gets its own user's jobs. */
import type { TenantId } from '@gatehouse/shared/ids'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import type { LedgerForHub } from '../ledger/create-ledger.ts'
import { messagePairs } from '../ledger/history-entry.ts'
import type { LiveJob } from '../ledger/live-job.ts'
import type { Clock, LedgerLog } from '../ledger/ports.ts'
import { parseBinaryFrame } from '../transform/binary-frames.ts'
import { isObject, objectOr } from '../transform/json-shape.ts'
import { parseUpstreamJson } from '../transform/lossless-json.ts'
import { parseExecutionEvent } from '../transform/socket-frames.ts'
import { type Audience, createAudience } from './audience.ts'
import { createDeliver } from './deliver.ts'
import { createDoor, type Door, type DoorOptions } from './door.ts'
import { createExecutionSlot } from './execution-slot.ts'
import { createQueueNews } from './queue-news.ts'
import { createSerial } from './serial.ts'
import { createUpstreamLink, type UpstreamLinkDependencies } from './upstream-link.ts'
import { createWatch } from './watch.ts'
import { createWorker, type WorkerOptions } from './worker.ts'
import type { WorkerState } from './worker-health.ts'

export interface HubDependencies extends WorkerOptions, DoorOptions {
  readonly connect: UpstreamLinkDependencies['connect']
  readonly ledger: LedgerForHub
  /** The sockets of all hubs, where there are several: one for each worker. */
  readonly everybody?: Audience
  readonly clock: Clock
  readonly log: LedgerLog
  /** ComfyUI's own flags as this principal may see them (`transform/feature-flags.ts`); `upstream` is incomplete until ComfyUI told. */
  readonly featureFlags: (upstream: JsonObject, principal: Principal) => JsonObject
  /** Event types of custom nodes that may go to the owner of the job that runs. */
  readonly allowEvents?: () => readonly string[]
}

export interface Hub extends Door {
  start(): void
  isUpstreamOpen(): boolean
  /** Whether ComfyUI runs what it accepts. */
  worker(): WorkerState
}

export function createHub(deps: HubDependencies): Hub {
  const { ledger, clock, log } = deps
  const audience = createAudience(deps.everybody)
  const deliver = createDeliver(audience)
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
  const door = createDoor({
    ...{ audience, clock, options: deps, greet: news.greet },
    serverFlags: (principal) => deps.featureFlags(flags, principal),
    joined: (member) => {
      const { userId, tenant } = member.principal
      worker.concerns(tenant.id)
      const node = slot.runningNode(userId, member.clientId)
      if (node !== undefined) member.send('executing', { node })
    },
  })
  return {
    ...door,
    start: () => link.start(),
    isUpstreamOpen: () => link.isOpen(),
    worker: () => worker.state(),
    stop: () => {
      unlisten()
      watch.stop()
      worker.stop()
      link.close()
      door.stop()
    },
  }
}

function parseMessage(frame: Buffer): { readonly type: Json; readonly data: JsonObject } {
  const message = parseUpstreamJson(frame.toString('utf8'))
  return {
    type: isObject(message) ? (message.type ?? null) : null,
    data: isObject(message) ? objectOr(message.data) : {},
  }
}
