/** What hears one ComfyUI? The hub over its one upstream socket, for the sockets of those who are placed on it. */
import { mayPrincipal } from '@gatehouse/shared/principal'
import type { LiveConfig } from '../config/live-config.ts'
import type { Events } from '../events.ts'
import type { Audience } from '../hub/audience.ts'
import type { Backlog } from '../hub/backlog.ts'
import { createHub, type Hub } from '../hub/hub.ts'
import type { WorkerOptions } from '../hub/worker.ts'
import type { LedgerForHub } from '../ledger/create-ledger.ts'
import { systemClock } from '../ledger/ports.ts'
import type { Log } from '../log.ts'
import { fetchUpstream } from '../proxy/fetch-upstream.ts'
import type { Upstream } from '../proxy/upstream.ts'
import { ownFeatureFlags } from '../transform/feature-flags.ts'
import type { Comfyui } from './build-comfyui.ts'
import { ledgerLog } from './build-ledger.ts'
import type { OpenedStore } from './open-store.ts'

export interface WorkerHubOptions {
  readonly live: LiveConfig
  readonly log: Log
  readonly events: Events
  readonly opened: OpenedStore
  readonly upstream: Upstream
  readonly comfyui: Comfyui
  readonly ledger: LedgerForHub
  readonly everybody: Audience
  readonly backlog: Backlog
  /** Ends a ComfyUI whose worker is lost and starts another; undefined where Gatehouse did not start it. */
  readonly restartComfyui?: ((reason: string) => void) | undefined
}

export function createWorkerHub(options: WorkerHubOptions): Hub {
  const { live, upstream, comfyui, events } = options
  return createHub({
    connect: (clientId) => {
      const socket = upstream.connectSocket(clientId)
      socket.once('open', () => {
        // A new connection may be a new process: nothing remembered of the old one holds.
        comfyui.invalidate()
        events.comfyuiUp(upstream.name)
      })
      return socket
    },
    ledger: options.ledger,
    everybody: options.everybody,
    backlog: options.backlog,
    clock: systemClock,
    log: ledgerLog(options.log),
    featureFlags: (flags, principal) =>
      ownFeatureFlags(flags, {
        manager: mayPrincipal(principal, 'manager:read'),
        maxUploadBytes: live.limitsOf(principal.role).upload,
      }),
    allowEvents: () => live.current().events.allow,
    ...watchOverThread(options),
    maxSockets: (role) => live.limitsOf(role).sockets_per_user,
  })
}

/** ComfyUI's log tells of the end of its worker's thread; whoever started that ComfyUI can cure it. */
function watchOverThread({ live, opened, upstream, events, restartComfyui }: WorkerHubOptions): WorkerOptions {
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
      const mayRestart = restartComfyui !== undefined && (state === 'lost' || state === 'stuck')
      events.workerChanged(upstream.name, state, mayRestart)
      if (mayRestart) restartComfyui(`its worker is ${state}`)
    },
  }
}
