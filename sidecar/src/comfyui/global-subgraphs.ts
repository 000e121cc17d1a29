/** How are the blueprints answered? All in the list itself, so that the stock UI's one request per blueprint vanishes. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { GatehouseError } from '../gatehouse-error.ts'
import { type Answer, json } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { isObject } from '../transform/json-shape.ts'
import { parseUpstreamJson } from '../transform/lossless-json.ts'
import type { FetchUpstream } from './fetch-upstream.ts'
import { answerWith, type Representation, representBytes } from './representation.ts'
import { createSingleFlight } from './single-flight.ts'

export interface GlobalSubgraphs {
  /** GET /global_subgraphs. @throws comfyui_down */
  all(request: CanonicalRequest): Promise<Answer>
  /** GET /global_subgraphs/{id}: `null` for an id that is not there, as ComfyUI. @throws comfyui_down */
  one(id: string): Promise<Answer>
  /** Forgets everything: ComfyUI is a new process, and it reads blueprints once per process. */
  invalidate(): void
}

interface Loaded {
  readonly entries: ReadonlyMap<string, JsonObject>
  readonly whole: Representation
}

const path = '/global_subgraphs'
const atOnce = 8

/** The stock UI (frontend 1.49.6) asks for a blueprint's `data` only where the list has none. */
export function createGlobalSubgraphs({ fetchUpstream }: { readonly fetchUpstream: FetchUpstream }): GlobalSubgraphs {
  const flights = createSingleFlight<Loaded>()
  let generation = 0
  let loaded: Loaded | undefined

  const current = async (): Promise<Loaded> => {
    if (loaded !== undefined) return loaded
    const own = generation
    return flights.run(String(own), async () => {
      const { entries, isComplete } = await fetchAll(fetchUpstream)
      const fresh = { entries, whole: representBytes(render(entries), 'application/json; charset=utf-8') }
      // An incomplete list serves who asked; the next one tries again.
      if (own === generation && isComplete) loaded = fresh
      return fresh
    })
  }

  return {
    all: async (request) => answerWith((await current()).whole, request, 'private, no-cache'),
    one: async (id) => json((await current()).entries.get(id) ?? null),
    invalidate: () => {
      generation += 1
      loaded = undefined
    },
  }
}

async function fetchAll(
  fetchUpstream: FetchUpstream,
): Promise<{ readonly entries: ReadonlyMap<string, JsonObject>; readonly isComplete: boolean }> {
  const list = await fetchObject(fetchUpstream, path)
  // Older than 0.9: no such route, and a UI that does not ask.
  if (list === undefined) throw new GatehouseError('not_found')
  const listed = Object.entries(list).filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
  const entries = new Map(listed)
  let isComplete = true
  for (let first = 0; first < listed.length; first += atOnce) {
    await Promise.all(
      listed.slice(first, first + atOnce).map(async ([id, entry]) => {
        if (typeof entry.data === 'string') return
        const whole = await fetchObject(fetchUpstream, `${path}/${encodeURIComponent(id)}`).catch(unusable)
        if (typeof whole?.data === 'string') entries.set(id, { ...entry, ...whole })
        else isComplete = false
      }),
    )
  }
  return { entries, isComplete }
}

async function fetchObject(fetchUpstream: FetchUpstream, at: string): Promise<JsonObject | undefined> {
  const { status, body } = await fetchUpstream(at)
  if (status === 404) return undefined
  const value: Json = status === 200 ? parseUpstreamJson(Buffer.from(body).toString()) : null
  if (isObject(value)) return value
  throw new GatehouseError('comfyui_down', { detail: `blueprints answered ${status} with something else` })
}

/** One blueprint that cannot be read must not hide the others. */
function unusable(): undefined {
  return undefined
}

function render(entries: ReadonlyMap<string, JsonObject>): Uint8Array {
  return Buffer.from(JSON.stringify(Object.fromEntries(entries)))
}
