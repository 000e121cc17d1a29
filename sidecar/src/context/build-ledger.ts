/** How do jobs and live events come together? The ledger over the database, the hub over the one upstream socket. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Principal } from '@gatehouse/shared/principal'
import { mayRole } from '@gatehouse/shared/roles'
import { WebSocketServer } from 'ws'
import type { LiveConfig } from '../config/live-config.ts'
import type { Events } from '../events.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { createHub, type Hub } from '../hub/hub.ts'
import type { WorkerOptions } from '../hub/worker.ts'
import { createPromptRate, credentialKind, type Rate } from '../limits/prompt-rate.ts'
import type { JoinScope } from '../lane.ts'
import { createLedger, type Ledger } from '../ledger/create-ledger.ts'
import { type LedgerLog, systemClock } from '../ledger/ports.ts'
import type { Upstream as LedgerUpstream } from '../ledger/upstream.ts'
import type { Log } from '../log.ts'
import { fetchUpstream } from '../proxy/fetch-upstream.ts'
import type { Upstream } from '../proxy/upstream.ts'
import { createFileStore } from '../store/sql/files.ts'
import { createJobStore } from '../store/sql/jobs.ts'
import { ownFeatureFlags } from '../transform/feature-flags.ts'
import { parseUpstreamJson } from '../transform/lossless-json.ts'
import type { Comfyui } from './build-comfyui.ts'
import type { OpenedStore } from './open-store.ts'
import { createNaming } from './tenant-names.ts'

export interface LedgerAndHubOptions {
  readonly live: LiveConfig
  readonly log: Log
  readonly events: Events
  readonly opened: OpenedStore
  readonly upstream: Upstream
  readonly comfyui: Comfyui
  readonly instanceSecret: string
  /** Ends a ComfyUI whose worker is lost and starts another; undefined where Gatehouse did not start it. */
  readonly restartComfyui?: ((reason: string) => void) | undefined
}

export interface LedgerAndHub {
  readonly ledger: Ledger
  readonly hub: Hub
  /** @throws too_many_requests before the upgrade is answered */
  readonly join: (message: IncomingMessage, socket: Duplex, head: Buffer, scope: JoinScope) => void
}

/** The stock UI sends one small frame; ComfyUI ignores everything else. */
const maxClientFrameBytes = 64 * 1024

export async function createLedgerAndHub(options: LedgerAndHubOptions): Promise<LedgerAndHub> {
  const { live, opened, upstream, comfyui, events } = options
  const files = createFileStore(opened.db)
  const naming = createNaming({
    instanceSecret: options.instanceSecret,
    live,
    files,
    objectInfo: comfyui.facts.objectInfo,
  })
  const log = ledgerLog(options.log)
  const ledger = await createLedger({
    worker: upstream.name,
    isHome: async () => true,
    store: createJobStore(opened.db),
    files,
    upstream: ledgerUpstream(upstream),
    normalise: naming.normalise,
    namesOf: naming.namesOf,
    limitsOf: (role) => {
      const limits = live.limitsOf(role)
      return { maxPendingCount: limits.pending_jobs, weight: limits.queue_weight }
    },
    takePromptTurn: createPromptRate({ rateOf: promptRateOf(live), nowMs: () => performance.now() }).take,
    instanceSecret: options.instanceSecret,
    clock: systemClock,
    log,
  })
  const hub = createHub({
    connect: (clientId) => {
      const socket = upstream.connectSocket(clientId)
      socket.once('open', () => {
        // A new connection may be a new process: nothing remembered of the old one holds.
        comfyui.invalidate()
        events.comfyuiUp()
      })
      return socket
    },
    ledger: ledger.hubSide,
    clock: systemClock,
    log,
    featureFlags: (flags, principal) =>
      ownFeatureFlags(flags, {
        manager: mayRole(principal.role, 'manager:use'),
        maxUploadBytes: live.limitsOf(principal.role).upload,
      }),
    allowEvents: () => live.current().events.allow,
    ...watchOverWorker(options),
    maxSockets: (role) => live.limitsOf(role).sockets_per_user,
  })
  return { ledger, hub, join: joinHub(hub, options.log) }
}

/** ComfyUI's log tells of the end of its worker's thread; whoever started that ComfyUI can cure it. */
function watchOverWorker({ live, opened, upstream, events, restartComfyui }: LedgerAndHubOptions): WorkerOptions {
  return {
    jobTimes: async (userId) => {
      const role = (await opened.store.users.findById(userId))?.role ?? 'guest'
      const { job_time: timeMs, job_silence: silenceMs } = live.limitsOf(role)
      return { timeMs, silenceMs }
    },
    subscribeToLog: async (clientId) => {
      const body = JSON.stringify({ clientId, enabled: true })
      const headers = { 'content-type': 'application/json' }
      await fetchUpstream(upstream, '/internal/logs/subscribe', { method: 'PATCH', body, headers })
    },
    workerChanged: (state) => {
      const isOwn = upstream.url.origin === live.current().comfyuiUrl.origin
      const mayRestart = restartComfyui !== undefined && isOwn && (state === 'lost' || state === 'stuck')
      events.workerChanged(upstream.name, state, mayRestart)
      if (mayRestart) restartComfyui(`its worker is ${state}`)
    },
  }
}

function promptRateOf(live: LiveConfig): (principal: Principal) => Rate {
  return (principal) => {
    const limits = live.limitsOf(principal.role)
    return credentialKind(principal) === 'page'
      ? { perMinute: limits.prompts_per_minute, burst: limits.prompt_burst }
      : { perMinute: limits.key_prompts_per_minute, burst: limits.key_prompt_burst }
  }
}

function joinHub(hub: Hub, log: Log): LedgerAndHub['join'] {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: maxClientFrameBytes })
  return (message, socket, head, { principal, clientId }) => {
    if (!hub.mayJoin(principal)) throw new GatehouseError('too_many_requests', { message: 'Too many open sockets.' })
    server.handleUpgrade(message, socket, head, (joined) => {
      joined.on('error', () => joined.terminate())
      hub.join(joined, { principal, clientId }).catch((error: unknown) => {
        log.error({ err: error }, 'a socket could not join')
        joined.close(1011, 'internal error')
      })
    })
  }
}

function ledgerUpstream(upstream: Upstream): LedgerUpstream {
  const decoder = new TextDecoder()
  return {
    postJson: async (path, body) => {
      const answer = await fetchUpstream(upstream, path, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
      return { status: answer.status, text: decoder.decode(answer.body) }
    },
    getJson: async (path) => {
      const answer = await fetchUpstream(upstream, path)
      const isJson = (answer.headers.get('content-type') ?? '').startsWith('application/json')
      return { status: answer.status, value: isJson ? parseUpstreamJson(decoder.decode(answer.body)) : null }
    },
  }
}

function ledgerLog(log: Log): LedgerLog {
  return {
    info: (event, facts) => log.info(facts, event),
    // ComfyUI that is down, or not up yet, is a state of the world and no fault of ours.
    error: (event, cause) => log[isDown(cause) ? 'info' : 'warn']({ err: cause }, event),
  }
}

function isDown(cause: unknown): boolean {
  return cause instanceof GatehouseError && cause.code === 'comfyui_down'
}
