/** What did ComfyUI last say at a path that says the same to everybody? Asked again after a moment, compressed once. */
import type { Json } from '@gatehouse/shared/json'
import { LRUCache } from 'lru-cache'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Answer } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { isObject } from '../transform/json-shape.ts'
import { parseUpstreamJson, stringifyJson } from '../transform/lossless-json.ts'
import type { FetchUpstream, UpstreamReply } from './fetch-upstream.ts'
import { answerWith, hashTag, type Representation, representBytes } from './representation.ts'
import { createSingleFlight } from './single-flight.ts'

export interface CachedJson {
  readonly status: number
  readonly value: Json
  /** Changes with the bytes ComfyUI sent. */
  readonly tag: string
}

export interface JsonCache {
  /** The parsed answer; null as its value unless the status is 200. @throws comfyui_down for what is no answer of ComfyUI's */
  read(path: string, query?: Readonly<Record<string, string>>): Promise<CachedJson>
  /** The answer for a client, optionally narrowed; `variant` names everything `narrow` depends on. @throws comfyui_down */
  answer(request: CanonicalRequest, path: string, narrowing?: Narrowing): Promise<Answer>
  /** Forgets everything: ComfyUI is a new process. */
  invalidate(): void
}

export interface Narrowing {
  readonly variant: string
  narrow(value: Json): Json
}

export interface JsonCacheOptions {
  readonly fetchUpstream: FetchUpstream
  readonly clock: () => number
  /** How long an answer is believed without asking again. */
  readonly freshMs?: number
}

interface Entry extends CachedJson {
  readonly fetchedAtMs: number
}

// The path may hold a client's own text (`/models/{folder}`): what clients invent is forgotten first.
const maxEntries = 300
const json = 'application/json; charset=utf-8'

export function createJsonCache({ fetchUpstream, clock, freshMs = 2000 }: JsonCacheOptions): JsonCache {
  let generation = 0
  let entries = new LRUCache<string, Entry>({ max: maxEntries })
  const representations = new LRUCache<string, Representation>({ max: maxEntries })
  const flights = createSingleFlight<Entry>()

  const read = async (path: string, query: Readonly<Record<string, string>> = {}): Promise<Entry> => {
    const own = entries
    const key = `${path}?${new URLSearchParams(query)}`
    const known = own.get(key)
    if (known !== undefined && clock() - known.fetchedAtMs < freshMs) return known
    return flights.run(`${generation} ${key}`, async () => {
      const reply = await fetchUpstream(path, { query })
      if (reply.status >= 500) throw new GatehouseError('comfyui_down', { detail: `a list answered ${reply.status}` })
      const tag = hashTag(reply.body)
      const isSame = known?.tag === tag && known.status === reply.status
      const value = isSame ? known.value : parseReply(reply)
      const entry: Entry = { status: reply.status, value, tag, fetchedAtMs: clock() }
      own.set(key, entry)
      return entry
    })
  }

  const answer: JsonCache['answer'] = async (request, path, narrowing) => {
    const { status, value, tag } = await read(path)
    // ComfyUI's refusals are short texts about names; the empty answer is what they have in common.
    if (status !== 200) return { kind: 'empty', status }
    const key = `${path} ${tag} ${narrowing?.variant ?? ''}`
    const known = representations.get(key)
    const own =
      known ??
      representBytes(Buffer.from(stringifyJson(narrowing === undefined ? value : narrowing.narrow(value))), json)
    representations.set(key, own)
    return answerWith(own, request, 'private, no-cache')
  }

  return {
    read,
    answer,
    invalidate: () => {
      generation += 1
      entries = new LRUCache({ max: maxEntries })
    },
  }
}

function parseReply({ status, headers, body }: UpstreamReply<Uint8Array>): Json {
  if (status !== 200) return null
  const isJson = (headers.get('content-type') ?? '').startsWith('application/json')
  const value = isJson ? parseUpstreamJson(Buffer.from(body).toString()) : null
  // Everything that ComfyUI lists is an array or an object; a page of some proxy in between is neither.
  if (Array.isArray(value) || isObject(value)) return value
  throw new GatehouseError('comfyui_down', { detail: 'ComfyUI answered a list with something else' })
}
