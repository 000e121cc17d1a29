/** Which worker serves this principal? Builds them all, and asks the placement for every request. */
import type { TenantId } from '@gatehouse/shared/ids'
import type { Principal } from '@gatehouse/shared/principal'
import { ConfigError } from '../config/config.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { createAudience } from '../hub/audience.ts'
import { createBacklog } from '../hub/backlog.ts'
import type { Hub } from '../hub/hub.ts'
import type { Ledger, LedgerForHub } from '../ledger/create-ledger.ts'
import type { LedgerNews } from '../ledger/parts.ts'
import { createPromptRate, credentialKind, type PromptRate } from '../limits/prompt-rate.ts'
import type { Rate } from '../limits/token-buckets.ts'
import type { MayPass } from '../policy/report-only.ts'
import type { OwnJobs } from '../policy/world.ts'
import type { JobPlaces } from '../store/job-places.ts'
import { createJobPlaces } from '../store/sql/job-places.ts'
import { createTrials } from '../store/sql/trials.ts'
import type { ChangeEvent } from '../store/store.ts'
import { createPlacement, type Placement, unknownTenants } from '../tenant/place-tenants.ts'
import { createWorkerLedger } from './build-ledger.ts'
import {
  createListeningWorker,
  createQuietWorker,
  type QuietWorker,
  type Worker,
  type WorkerOptions,
} from './build-worker.ts'
import { type JoinHub, joinHubOf } from './join-hub.ts'
import { createMover, type Mover } from './move-tenants.ts'
import { withStrays } from './tenant-jobs.ts'
import { createUpstreams, type UpstreamsOptions } from './worker-upstreams.ts'

export type WorkersOptions = UpstreamsOptions &
  Omit<WorkerOptions, 'everybody' | 'backlog' | 'takePromptTurn' | 'homeOf'>

export interface Workers {
  /** The default one first. */
  readonly all: readonly [Worker, ...Worker[]]
  /** Strangers see the default one's frontend. @throws tenant_split */
  of(principal: Pick<Principal, 'tenant'> | undefined): Promise<Worker>
  readonly join: JoinHub
  /** Begins to talk to every ComfyUI. */
  start(): void
  /** Closes the sockets that `revoked` names, on every worker. */
  closeSockets: Hub['close']
  hangUp(): void
  close(): Promise<void>
}

/** @throws ConfigError */
export async function createWorkers(options: WorkersOptions): Promise<Workers> {
  const { opened, live } = options
  const entries = live.current().placement
  const problems = await unknownTenants(opened.store.tenants, entries)
  if (problems.length > 0) throw new ConfigError(problems)
  const trialOn = live.current().workers.length === 0 ? {} : { trialOn: createTrials(opened.db).workerOf }
  const placement = createPlacement({ tenants: opened.store.tenants, feed: opened.feed, entries, ...trialOn })
  const shared: WorkerOptions = {
    ...options,
    everybody: createAudience(),
    backlog: createBacklog(() => live.current().limits.socket_backlog),
    takePromptTurn: reportingTurn(
      createPromptRate({ rateOf: promptRateOf(live), nowMs: () => performance.now() }).take,
      options.mayPass,
    ),
    homeOf: placement.workerOf,
  }
  const [first, ...further] = createUpstreams(options)
  const quietFirst = await createQuietWorker(shared, first)
  const quiet = [quietFirst, ...(await Promise.all(further.map((upstream) => createQuietWorker(shared, upstream))))]
  const places = createJobPlaces(opened.db)
  const ledgers = new Map(quiet.map(({ name, ledger }) => [name, ledger]))
  const openAbandoned = (worker: string): Promise<Ledger> => openLedgerOfNobody(shared, worker)
  const mover = createMover({ places, placement, ledgers, openAbandoned, log: options.log })
  const listening = (worker: QuietWorker): Worker =>
    createListeningWorker(shared, worker, {
      hubSide: hearingAll(worker, quiet),
      jobsOf: jobsOn(worker, { places, placement, ledgers, mover }),
    })
  const all = [listening(quietFirst), ...quiet.slice(1).map(listening)] as const
  return assembled(all, placement, { mover, options })
}

interface Assembly {
  readonly mover: Mover
  readonly options: WorkersOptions
}

function assembled(all: Workers['all'], placement: Placement, { mover, options }: Assembly): Workers {
  const of = workerOf(all, placement)
  const stopMoving = options.opened.feed.subscribe((event) => {
    if (placement.followsRoles && isAboutPeople(event)) mover.look()
  })
  const hangUp = (): void => {
    stopMoving()
    for (const { hub } of all) hub.stop()
  }
  return {
    all,
    of,
    join: joinHubOf(async (principal) => (await of(principal)).hub, options.log),
    start: () => {
      mover.look()
      for (const { hub } of all) hub.start()
    },
    closeSockets: (revoked) => {
      for (const { hub } of all) hub.close(revoked)
    },
    hangUp,
    close: async () => {
      hangUp()
      for (const { ledger } of all) ledger.close()
      await Promise.all(all.map(({ upstream }) => upstream.close()))
      await mover.stop()
    },
  }
}

function isAboutPeople(event: ChangeEvent): boolean {
  return event.kind === 'lost' || event.change.kind === 'user' || event.change.kind === 'added'
}

function workerOf(all: readonly Worker[], placement: Placement): Workers['of'] {
  const byName = new Map(all.map((worker) => [worker.name, worker]))
  return async (principal) => {
    const worker = principal === undefined ? all[0] : byName.get(await placement.workerOf(principal.tenant.id))
    if (worker === undefined) throw new GatehouseError('comfyui_down', { detail: 'no such worker' })
    return worker
  }
}

interface JobsOptions {
  readonly places: JobPlaces
  readonly placement: Placement
  readonly ledgers: ReadonlyMap<string, Ledger>
  readonly mover: Mover
}

function jobsOn({ name, ledger }: QuietWorker, options: JobsOptions): (principal: Principal) => OwnJobs {
  const { places, placement, ledgers, mover } = options
  if (ledgers.size === 1) return ledger.jobsOf
  return (principal) => {
    const tenantId: TenantId = principal.tenant.id
    return withStrays(ledger.jobsOf(principal), {
      elsewhere: async () =>
        (await places.elsewhere(tenantId, name)).flatMap((worker) => {
          const stray = ledgers.get(worker)
          return stray === undefined ? [] : [stray.jobsOf(principal)]
        }),
      queued: () => {
        const isStill = (home: string): boolean => home === name
        void placement
          .workerOf(tenantId)
          .then(isStill, () => true)
          .then((stays) => (stays ? undefined : mover.look()))
      },
    })
  }
}

/** A tenant's counts change with its jobs on any worker, also on one that it has left. */
function hearingAll({ ledger }: QuietWorker, all: readonly QuietWorker[]): LedgerForHub {
  const others = all.filter((other) => other.ledger !== ledger)
  return {
    ...ledger.hubSide,
    listen: (listener) => {
      const counts: Partial<LedgerNews> = listener.changed === undefined ? {} : { changed: listener.changed }
      const ends = [ledger.hubSide.listen(listener), ...others.map((other) => other.ledger.hubSide.listen(counts))]
      return () => {
        for (const end of ends) end()
      }
    },
  }
}

/** The jobs of a worker that is no longer configured; whatever is asked of its ComfyUI fails at once. */
function openLedgerOfNobody(shared: WorkerOptions, worker: string): Promise<Ledger> {
  const gone = (): Promise<never> =>
    Promise.reject(new GatehouseError('comfyui_down', { detail: `no worker ${worker}` }))
  return createWorkerLedger({
    ...shared,
    worker,
    upstream: { postJson: gone, getJson: gone },
    facts: { objectInfo: gone, getJson: gone },
    isHome: async () => false,
  })
}

/** While the rate only reports, whoever is too early goes on. */
function reportingTurn(take: PromptRate['take'], mayPass: MayPass): PromptRate['take'] {
  return (principal) => {
    const allowance = take(principal)
    if (allowance.mayPost) return allowance
    const target = `a prompt, ${allowance.waitSeconds} s too early`
    return mayPass('prompt-rate', { principal, target }) ? { ...allowance, mayPost: true } : allowance
  }
}

/** One for all workers: a person has one rate, wherever their tenant is. */
function promptRateOf(live: LiveConfig): (principal: Principal) => Rate {
  return (principal) => {
    const limits = live.limitsOf(principal.role)
    return credentialKind(principal) === 'page'
      ? { perMinute: limits.prompts_per_minute, burst: limits.prompt_burst }
      : { perMinute: limits.key_prompts_per_minute, burst: limits.key_prompt_burst }
  }
}
