/** What would jobs be without owners? The handle of one tenant, with one of its methods reaching everybody's jobs. */
import type { LedgerParts } from '../../sidecar/src/ledger/parts.ts'
import type { OwnJobs } from '../../sidecar/src/policy/world.ts'

export function withoutOwner(missing: string, parts: LedgerParts, own: OwnJobs): OwnJobs {
  const everybody = () => parts.store.activeOfEverybody()
  const stopRunning = async (): Promise<void> => {
    for (const job of await everybody()) if (job.state === 'in_progress') await parts.queue.cancel(job.upstreamId)
  }
  switch (missing) {
    case 'the owner of a cleared history':
      return {
        ...own,
        forget: async (which) => {
          await own.forget(which)
          if (which === 'all') for (const tenant of tenantsSeen) await parts.store.forget(tenant, 'all')
        },
        submit: async (...given) => {
          const answer = await own.submit(...given)
          for (const { tenantId } of await everybody()) tenantsSeen.add(tenantId)
          return answer
        },
      }
    case 'the owner of an interrupted job':
      return { ...own, interrupt: stopRunning }
    case 'the owner of a cancelled job':
      return {
        ...own,
        cancel: async (id) => {
          const job = (await everybody()).find((known) => known.id === id)
          if (job === undefined) return own.cancel(id)
          await parts.queue.cancel(job.upstreamId)
          return true
        },
      }
    case 'the owner of a count':
      return {
        ...own,
        counts: async () => {
          const jobs = await everybody()
          const running = jobs.filter(({ state }) => state === 'in_progress').length
          return { pending: jobs.length - running, running }
        },
      }
    default:
      return own
  }
}

const tenantsSeen = new Set<Parameters<LedgerParts['store']['forget']>[0]>()
