/** What remembers the jobs of one ComfyUI? The ledger over the database, bound to that worker. */
import type { TenantId, UserId } from '@gatehouse/shared/ids'
import type { LiveConfig } from '../config/live-config.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { createLedger, type Ledger } from '../ledger/create-ledger.ts'
import { type LedgerLog, systemClock, type TakePromptTurn } from '../ledger/ports.ts'
import type { Upstream as LedgerUpstream } from '../ledger/upstream.ts'
import type { Log } from '../log.ts'
import type { MayPass } from '../policy/report-only.ts'
import type { SharedFacts } from '../policy/world.ts'
import { fetchUpstream } from '../proxy/fetch-upstream.ts'
import { onBehalfOf } from '../proxy/on-behalf-of.ts'
import type { Upstream } from '../proxy/upstream.ts'
import type { IdentityHeader } from '../proxy/upstream-headers.ts'
import { createFileStore } from '../store/sql/files.ts'
import { createJobStore } from '../store/sql/jobs.ts'
import { createPublishedWorkflows } from '../store/sql/published-workflows.ts'
import { parseUpstreamJsonInTurns } from '../transform/lossless-json.ts'
import { createJudgeJob, createMayStillRun } from './job-rights.ts'
import type { OpenedStore } from './open-store.ts'
import { createPublishedFor } from './published-for.ts'
import { createNaming } from './tenant-names.ts'

export type IdentityOf = (owner: UserId) => Promise<IdentityHeader | undefined>

export interface WorkerLedgerOptions {
  readonly worker: string
  readonly live: LiveConfig
  readonly log: Log
  readonly opened: Pick<OpenedStore, 'db' | 'store'>
  readonly upstream: LedgerUpstream
  readonly facts: SharedFacts
  readonly instanceSecret: string
  readonly isHome: (tenantId: TenantId) => Promise<boolean>
  /** One for all workers: a person has one rate. */
  readonly takePromptTurn: TakePromptTurn
  readonly mayPass: MayPass
}

export async function createWorkerLedger(options: WorkerLedgerOptions): Promise<Ledger> {
  const { worker, live, opened, instanceSecret } = options
  const files = createFileStore(opened.db, worker)
  const naming = createNaming({
    ...{ instanceSecret, live, files, facts: options.facts, mayPass: options.mayPass },
    publishedFor: createPublishedFor(createPublishedWorkflows({ db: opened.db, now: Date.now })),
  })
  return createLedger({
    worker,
    isHome: options.isHome,
    store: createJobStore(opened.db, worker),
    files,
    upstream: options.upstream,
    normalise: naming.normalise,
    namesOf: naming.namesOf,
    limitsOf: (role) => {
      const limits = live.limitsOf(role)
      return { maxPendingCount: limits.pending_jobs, weight: limits.queue_weight }
    },
    takePromptTurn: options.takePromptTurn,
    mayStillRun: createMayStillRun({ ...opened.store, live }),
    judgeArrival: createJudgeJob({ ...opened.store, live }, 'everybody'),
    instanceSecret,
    clock: systemClock,
    log: ledgerLog(options.log),
  })
}

/** `identityOf` names the owner of a prompt to ComfyUI, where that is configured. */
export function ledgerUpstream(upstream: Upstream, identityOf: IdentityOf = async () => undefined): LedgerUpstream {
  const decoder = new TextDecoder()
  return {
    postJson: async (path, body, owner) => {
      const identity = owner === undefined ? undefined : await identityOf(owner)
      const own = identity === undefined ? upstream : onBehalfOf(upstream, identity)
      const answer = await fetchUpstream(own, path, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
      return { status: answer.status, text: decoder.decode(answer.body) }
    },
    getJson: async (path) => {
      const answer = await fetchUpstream(upstream, path)
      const isJson = (answer.headers.get('content-type') ?? '').startsWith('application/json')
      return {
        status: answer.status,
        value: isJson ? await parseUpstreamJsonInTurns(decoder.decode(answer.body)) : null,
      }
    },
  }
}

export function ledgerLog(log: Log): LedgerLog {
  return {
    info: (event, facts) => log.info(facts, event),
    // ComfyUI that is down, or not up yet, is a state of the world and no fault of ours.
    error: (event, cause) => log[isDown(cause) ? 'info' : 'warn']({ err: cause }, event),
  }
}

function isDown(cause: unknown): boolean {
  return cause instanceof GatehouseError && cause.code === 'comfyui_down'
}
