/** Where do a tenant's jobs stand in the shared queue, and when are they likely to start? */
import type { TenantId } from '@gatehouse/shared/ids'
import type { QueuePlaces, QueuePosition } from '@gatehouse/shared/workflows-contract'
import { startsInSeconds, typicalSeconds } from '../queue/estimate.ts'
import type { JobStore } from '../store/job-store.ts'
import type { Clock } from './ports.ts'

export interface Places {
  /** Counts, and the place of the first own job that waits. */
  position(tenantId: TenantId): Promise<QueuePosition>
  /** The same with every own job that waits. */
  places(tenantId: TenantId): Promise<QueuePlaces>
}

/** Everybody's last jobs that came to a result. */
const rememberedJobs = 50
/** Asked for every tenant at every change of the queue. */
const typicalForMs = 5_000

export function createPlaces({ store, clock }: { readonly store: JobStore; readonly clock: Clock }): Places {
  let known: { readonly atMs: number; readonly seconds: Promise<number | undefined> } | undefined
  const typical = (): Promise<number | undefined> => {
    const atMs = clock.nowMs()
    if (known === undefined || Math.abs(atMs - known.atMs) >= typicalForMs) {
      known = { atMs, seconds: store.recentDurations(rememberedJobs).then(typicalSeconds) }
      // One failure is told to whoever asked; the next asks anew.
      known.seconds.catch(() => {
        known = undefined
      })
    }
    return known.seconds
  }
  const position = async (tenantId: TenantId): Promise<QueuePosition> => {
    const { pending, running } = await store.counts(tenantId)
    const ahead = await store.ahead(tenantId)
    if (ahead === undefined) return { pending, running, ahead: null, startsInSeconds: null }
    return { pending, running, ahead, startsInSeconds: startsInSeconds(ahead, await typical()) }
  }
  return {
    position,
    places: async (tenantId) => {
      const seconds = await typical()
      const jobs = await store.places(tenantId)
      return {
        ...(await position(tenantId)),
        jobs: jobs.map(({ id, ahead }) => ({ id, ahead, startsInSeconds: startsInSeconds(ahead, seconds) })),
      }
    },
  }
}
