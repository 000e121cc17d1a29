/** How does a tenant reach its jobs while some are still on the worker that it has left? Asks there, too. */
import type { OwnJobs } from '../policy/world.ts'

export interface WithStraysOptions {
  /** The same tenant's jobs on the workers beside its own; none, nearly always. */
  readonly elsewhere: () => Promise<readonly OwnJobs[]>
  /** After a prompt was queued: the tenant may have been moved meanwhile. */
  readonly queued: () => void
}

/** Lists, counts and history know all workers anyway; only what stops a job has to find it. */
export function withStrays(home: OwnJobs, { elsewhere, queued }: WithStraysOptions): OwnJobs {
  const everywhere = async (task: (jobs: OwnJobs) => Promise<void>): Promise<void> => {
    await task(home)
    for (const jobs of await elsewhere()) await task(jobs)
  }
  return {
    ...home,
    submit: async (body, context) => {
      try {
        return await home.submit(body, context)
      } finally {
        queued()
      }
    },
    withdraw: (which) => everywhere((jobs) => jobs.withdraw(which)),
    interrupt: (id) => everywhere((jobs) => jobs.interrupt(id)),
    cancel: async (id) => {
      if (await home.cancel(id)) return true
      for (const jobs of await elsewhere()) if (await jobs.cancel(id)) return true
      return false
    },
  }
}
