/** Whose jobs are on a worker on which their tenant is no longer placed? Sends on what waits, and ends what nobody will end. */
import type { TenantId } from '@gatehouse/shared/ids'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Ledger } from '../ledger/create-ledger.ts'
import type { Log } from '../log.ts'
import type { JobPlace, JobPlaces } from '../store/job-places.ts'
import type { Placement } from '../tenant/place-tenants.ts'
import { untilDone } from './until-done.ts'

type Movable = Pick<Ledger, 'moveAway' | 'abandon' | 'arrived' | 'close'>

export interface MoverDependencies {
  readonly places: JobPlaces
  readonly placement: Placement
  readonly ledgers: ReadonlyMap<string, Movable>
  /** The ledger of a worker that was taken out of the configuration: its ComfyUI is never asked. */
  readonly openAbandoned: (worker: string) => Promise<Movable>
  readonly log: Log
}

export interface Mover {
  /** Looks through all jobs; a look that is asked for during another one follows it. */
  look(): void
  /** Resolves when no look is under way any more. */
  stop(): Promise<void>
}

export function createMover(deps: MoverDependencies): Mover {
  const looking = untilDone(
    async () => {
      // Side by side: a worker that does not answer keeps only those who leave it waiting.
      const moves = await Promise.allSettled((await deps.places.active()).map((place) => settle(deps, place)))
      const failed = moves.find((move) => move.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
    (error) => deps.log.error({ err: error }, 'jobs could not be moved yet'),
  )
  return { look: looking.run, stop: looking.stop }
}

async function settle(deps: MoverDependencies, { tenantId, worker }: JobPlace): Promise<void> {
  const home = await homeOf(deps, tenantId)
  const known = deps.ledgers.get(worker)
  if (known !== undefined) return home === undefined ? undefined : move(deps, known, { tenantId, worker, home })
  const abandoned = await deps.openAbandoned(worker)
  try {
    if (home !== undefined) await move(deps, abandoned, { tenantId, worker, home })
    await abandoned.abandon(tenantId)
  } finally {
    abandoned.close()
  }
}

interface Move extends JobPlace {
  readonly home: string
}

async function move({ ledgers }: MoverDependencies, from: Movable, { tenantId, worker, home }: Move): Promise<void> {
  if (home === worker) return
  await from.moveAway(tenantId, home)
  ledgers.get(home)?.arrived()
}

/** undefined while its people are placed on several: what waits, waits. */
async function homeOf({ placement, log }: MoverDependencies, tenantId: TenantId): Promise<string | undefined> {
  try {
    return await placement.workerOf(tenantId)
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== 'tenant_split') throw error
    log.warn({ tenant: tenantId }, error.message)
    return undefined
  }
}
