/** Which business facts are logged? One function per event; nothing else writes a log line about a request. */
import type { Principal } from '@gatehouse/shared/principal'
import type { AuditEntry } from './audit/audit.ts'
import type { GatehouseError } from './gatehouse-error.ts'
import type { Log } from './log.ts'

export interface RequestLine {
  readonly requestId: string
  readonly method: string
  /** Key of the row; the path itself would hold names of files and people. */
  readonly route: string | undefined
  readonly principal: Principal | undefined
  readonly status: number
  readonly durationMs: number
  readonly reason: string | undefined
}

export interface Events {
  requestDone(line: RequestLine): void
  requestFailed(requestId: string, error: GatehouseError): void
  socketJoined(requestId: string, principal: Principal): void
  started(addresses: readonly string[], comfyui: string): void
  stopped(): void
  comfyuiUp(worker: string): void
  /** Where ComfyUI answers without the guard: from this machine, or from others. */
  openPortsFound(addresses: readonly string[]): void
  /** Whether a ComfyUI runs what it accepts; `restarting` when Gatehouse itself cures it. */
  workerChanged(upstream: string, state: 'up' | 'down' | 'lost' | 'stuck', restarting: boolean): void
  /** A changed configuration file holds from now on: names of settings, no values. */
  configurationFollowed(settings: readonly string[]): void
  /** Changed settings that hold after a restart only. */
  restartNeeded(settings: readonly string[]): void
  /** The changed file has mistakes; everything stays as it was. */
  configurationRefused(problems: readonly string[]): void
  /** It is followed but for what these are about. */
  configurationIncomplete(problems: readonly string[]): void
  /** Security events cannot be written: nothing that opens or changes something is allowed until they can. */
  auditFailed(error: unknown): void
  /** The syslog receiver cannot be told. */
  auditNotForwarded(error: unknown): void
  /** Our own TLS uses other files from now on. */
  certificateRenewed(): void
  /** A security event, as the audit has it. */
  audited(entry: AuditEntry): void
}

const restarted = 'none needed: Gatehouse restarts it'
const cures = {
  lost: 'restart ComfyUI: the thread that runs prompts has ended; its own log tells why. `gatehouse up -- COMMAND` does so by itself',
  stuck:
    'restart ComfyUI: a node does not return and cannot be interrupted. `gatehouse up -- COMMAND` does so by itself',
} as const

/** Events as log lines. */
export function createEvents(log: Log): Events {
  return {
    requestDone: (line) =>
      log.info(
        {
          requestId: line.requestId,
          method: line.method,
          route: line.route,
          tenant: line.principal?.tenant.id,
          user: line.principal?.userId,
          status: line.status,
          durationMs: Math.round(line.durationMs * 10) / 10,
          reason: line.reason,
        },
        'request',
      ),
    requestFailed: (requestId, error) => {
      // What is not set up here (501) is no fault: every opening of the account page would tell of it.
      const isFault = error.status >= 500 && error.status !== 501
      log[isFault ? 'error' : 'debug'](
        { requestId, code: error.code, detail: error.detail, err: isFault ? error : undefined },
        'refused',
      )
    },
    socketJoined: (requestId, principal) =>
      log.info({ requestId, tenant: principal.tenant.id, user: principal.userId }, 'socket joined'),
    started: (addresses, comfyui) => log.info({ addresses, comfyui }, 'started'),
    stopped: () => log.info('stopped'),
    comfyuiUp: (worker) => log.info({ worker }, 'ComfyUI answers'),
    openPortsFound: (addresses) => {
      if (addresses.length > 0) log.info({ addresses }, 'ComfyUI answers strangers')
    },
    workerChanged: (upstream, state, restarting) => {
      if (state === 'up') log.info({ upstream }, 'ComfyUI runs jobs')
      else if (state === 'down') log.warn({ upstream }, 'ComfyUI does not run')
      else log.error({ upstream, state, cure: restarting ? restarted : cures[state] }, 'ComfyUI runs no more jobs')
    },
    auditFailed: (error) =>
      log.error(
        { err: error },
        'security events cannot be written: nobody can sign in or change anything until they can',
      ),
    auditNotForwarded: (error) => log.error({ err: error }, 'the syslog receiver of audit.syslog cannot be told'),
    audited: ({ kind, actor, ...rest }) => log.info({ kind, user: actor?.id, ...rest }, 'audit'),
    certificateRenewed: () => log.info('the certificate was read again'),
    configurationFollowed: (settings) => log.info({ settings }, 'the configuration was read again'),
    restartNeeded: (settings) => log.warn({ settings }, 'these settings were changed and hold after a restart'),
    configurationRefused: (problems) =>
      log.error({ problems }, 'the configuration has mistakes, and was not followed: everything stays as it was'),
    configurationIncomplete: (problems) =>
      log.error({ problems }, 'the configuration is followed, but not what these problems are about'),
  }
}
