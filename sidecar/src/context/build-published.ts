/** How is a workflow published? Judged as if its publisher queued it, and kept as it was judged. */
import type { JsonObject } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import { GatehouseError } from '../gatehouse-error.ts'
import type { OwnPublished, PublishedFacts, PublishWish } from '../policy/own-published.ts'
import type { NormalisedPrompt } from '../prompt/contract.ts'
import type { OpenInput, PublishedWorkflow, PublishedWorkflows } from '../store/published-workflows.ts'
import { objectOr } from '../transform/json-shape.ts'
import { stringifyJson } from '../transform/lossless-json.ts'
import { publishedName, visibleTo } from './published-for.ts'
import type { Workers } from './workers.ts'

/** In one tenant, and for everybody. */
const publishedCount = 100

export interface PublishingDependencies {
  readonly workflows: PublishedWorkflows
  readonly workers: Pick<Workers, 'of'>
}

export function createOwnPublished({ workflows, workers }: PublishingDependencies): OwnPublished {
  return {
    list: async (principal) => (await visibleTo(workflows, principal)).map(factsOf),
    publish: async (principal, wish) => {
      const tenantId = wish.everybody ? undefined : principal.tenant.id
      const name = parseName(wish.name)
      const judged = await judge(workers, principal, wish)
      if ((await workflows.count(tenantId)) >= publishedCount) {
        throw wrong(`There are ${publishedCount} published workflows, which is as many as there may be. Take one back.`)
      }
      const workflow = objectOr(judged.own.extraData.extra_pnginfo).workflow
      const published = await workflows.add({
        ...{ tenantId, name, publisherId: principal.userId },
        prompt: stringifyJson(judged.own.prompt),
        open: openInputs(judged, wish.open),
        workflow: workflow === undefined ? null : stringifyJson(workflow),
      })
      return factsOf(published)
    },
    remove: ({ tenant }, { name, everybody }) =>
      workflows.remove({ tenantId: everybody ? undefined : tenant.id, name: publishedName(name) }),
  }
}

async function judge({ of }: Pick<Workers, 'of'>, principal: Principal, wish: PublishWish): Promise<NormalisedPrompt> {
  const { ledger } = await of(principal)
  const extra = wish.workflow === undefined ? {} : { extra_data: { extra_pnginfo: { workflow: wish.workflow } } }
  const context = { idempotencyKey: undefined, comfyUsageSource: undefined }
  const judged = await ledger.judge({ prompt: wish.prompt, ...extra }, principal, context)
  if (judged.ok) return judged
  throw wrong(`It would not run, and is not published: ${sentenceOf(judged.value)}`)
}

/** ComfyUI says of nodes in `details` what it says of the whole in `message`. */
function sentenceOf(value: JsonObject): string {
  const { message, details } = objectOr(value.error)
  const told = [message, details].filter((part) => typeof part === 'string' && part !== '')
  return [...new Set(told)].join(': ').slice(0, 2_000)
}

/** @throws bad_input naming the first that is no input of the graph, or is a link */
function openInputs({ openable }: NormalisedPrompt, wanted: PublishWish['open']): readonly OpenInput[] {
  const { plain, literal } = openable()
  if (wanted === undefined) return plain
  const known = new Set(literal.map(({ node, input }) => JSON.stringify([node, input])))
  const absent = wanted.find(({ node, input }) => !known.has(JSON.stringify([node, input])))
  if (absent === undefined) return wanted
  throw wrong(
    `Node ${absent.node} has no input "${absent.input}" with a value of its own, so it cannot stay open. Leave it out.`,
  )
}

/** @throws bad_input */
function parseName(text: string): string {
  const name = publishedName(text)
  if (name !== '' && name.length <= 200 && /^\P{C}+$/u.test(name)) return name
  throw wrong('Name the workflow with 1 to 200 printable characters.')
}

function wrong(message: string): GatehouseError {
  return new GatehouseError('bad_input', { message })
}

function factsOf({ name, tenantId, open, createdAtMs, prompt, workflow }: PublishedWorkflow): PublishedFacts {
  return { name, everybody: tenantId === undefined, open, createdAtMs, prompt, workflow }
}
