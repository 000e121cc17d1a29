/** Whose job is an upstream prompt, and how do its names read to the owner? */
import type { Json } from '@gatehouse/shared/json'
import { saltInput } from '../prompt/salt.ts'
import type { JobFacts, JobStore } from '../store/job-store.ts'
import { objectOr } from '../transform/json-shape.ts'
import { parseJsonInTurns } from '../transform/lossless-json.ts'
import type { FrameNames } from '../transform/socket-frames.ts'
import type { TenantNames, TenantRef } from './ports.ts'

/** A job that ComfyUI holds. */
export interface LiveJob extends JobFacts {
  readonly names: TenantNames
  /** Upstream nodes with the tenant's salt: only theirs may be told as cached. Empty where nobody has looked. */
  readonly salted: ReadonlySet<string>
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
    salted: new Set(),
  })
  return {
    of,
    find: async (upstreamId) => {
      const facts = await store.findByUpstreamId(upstreamId)
      if (facts === undefined || !isActive(facts)) return undefined
      return { ...of(facts), salted: await saltedNodes(await store.upstreamBody(facts.id)) }
    },
  }
}

/** A model that another tenant loaded is cached too, and that flag would tell of them: loaders carry no salt. */
export async function saltedNodes(body: string | undefined): Promise<ReadonlySet<string>> {
  const graph = body === undefined ? {} : objectOr(objectOr(await parseJsonInTurns(body, { depth: 1_000 })).prompt)
  const isSalted = (node: Json): boolean => Object.hasOwn(objectOr(objectOr(node).inputs), saltInput)
  return new Set(Object.entries(graph).flatMap(([id, node]) => (isSalted(node) ? [id] : [])))
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
    tellsCached: (node) => job.salted.has(node),
    ownOutput: (node, output) => {
      const [own] = Object.values(job.names.ownOutputs({ [node]: output }, (name) => ownTemp.get(name)))
      return objectOr(own)
    },
  }
}
