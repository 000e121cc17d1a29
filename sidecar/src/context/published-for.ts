/** Which published workflows may somebody run who may edit no graph? Parsed once each, however often they are queued. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import { LRUCache } from 'lru-cache'
import { parsePublished } from '../prompt/published.ts'
import type { Published } from '../prompt/published-graph.ts'
import type { PublishedWorkflow, PublishedWorkflows } from '../store/published-workflows.ts'
import { isObject } from '../transform/json-shape.ts'
import { parseJsonInTurns } from '../transform/lossless-json.ts'

const rememberedCount = 200

/** undefined for those who may queue any graph. */
export type PublishedFor = (principal: Principal) => Promise<readonly Published[] | undefined>

export function createPublishedFor(workflows: Pick<PublishedWorkflows, 'visibleTo'>): PublishedFor {
  const known = new LRUCache<string, Published>({ max: rememberedCount })
  return async (principal) => {
    if (principal.permissions.has('graph:edit')) return undefined
    const found: Published[] = []
    for (const workflow of await visibleTo(workflows, principal)) {
      const published = known.get(workflow.id) ?? (await parse(workflow))
      if (published === undefined) continue
      known.set(workflow.id, published)
      found.push(published)
    }
    return found
  }
}

/** Those of the tenant and of everybody; a credential that was made for one sees that one. */
export async function visibleTo(
  workflows: Pick<PublishedWorkflows, 'visibleTo'>,
  { tenant, identity }: Principal,
): Promise<readonly PublishedWorkflow[]> {
  const all = await workflows.visibleTo(tenant.id)
  const wanted = identity.workflow === undefined ? undefined : publishedName(identity.workflow)
  return wanted === undefined ? all : all.filter(({ name }) => name === wanted)
}

/** One spelling of each name. */
export function publishedName(name: string): string {
  return name.normalize('NFC').trim()
}

async function parse({ name, prompt, open, workflow }: PublishedWorkflow): Promise<Published | undefined> {
  const graph = parsePublished(await read(prompt))
  return graph === undefined ? undefined : { name, graph, open, workflow: await readObject(workflow) }
}

async function readObject(text: string | null): Promise<JsonObject | undefined> {
  const value = text === null ? null : await read(text)
  return isObject(value) ? value : undefined
}

/** Deeper than any prompt that is accepted. */
const storedDepth = 1_000

function read(text: string): Promise<Json> {
  return parseJsonInTurns(text, { depth: storedDepth })
}
