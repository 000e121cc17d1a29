/** Whose job is an upstream prompt, and how do its names read to the owner? */
import type { JobFacts, JobStore } from '../store/job-store.ts'
import { objectOr } from '../transform/json-shape.ts'
import type { FrameNames } from '../transform/socket-frames.ts'
import type { TenantNames, TenantRef } from './ports.ts'

/** A job that ComfyUI holds. */
export interface LiveJob extends JobFacts {
  readonly names: TenantNames
}

export interface LiveJobs {
  /** undefined: nobody's, or of no concern any more. */
  find(upstreamId: string): Promise<LiveJob | undefined>
  of(facts: JobFacts): LiveJob
}

export function createLiveJobs(store: JobStore, namesOf: (tenant: TenantRef) => TenantNames): LiveJobs {
  const of = (facts: JobFacts): LiveJob => ({
    ...facts,
    names: namesOf({ id: facts.tenantId, folderKey: facts.folderKey }),
  })
  return {
    of,
    find: async (upstreamId) => {
      const facts = await store.findByUpstreamId(upstreamId)
      if (facts === undefined || !isActive(facts)) return undefined
      return of(facts)
    },
  }
}

export function isActive(facts: JobFacts): boolean {
  return facts.state === 'submitting' || facts.state === 'pending' || facts.state === 'in_progress'
}

/** How one job's frames and history are renamed; `ownTemp` knows the temp files that were claimed before. */
export function frameNames(job: LiveJob, ownTemp: ReadonlyMap<string, string>): FrameNames {
  return {
    publicId: job.id,
    ownNode: (node) => job.names.ownNode(node),
    ownText: (text) => job.names.ownText(text),
    ownOutput: (node, output) => {
      const [own] = Object.values(job.names.ownOutputs({ [node]: output }, (name) => ownTemp.get(name)))
      return objectOr(own)
    },
  }
}
