/** Which verbs may a row use to keep tenants apart? A closed vocabulary; anything else does not type-check. */
import type { Json } from '@gatehouse/shared/json'
import type { Permission } from '@gatehouse/shared/roles'
import type { Answer } from './answer.ts'
import type { CanonicalRequest, RequestBody } from './canonical-request.ts'
import type { OutgoingRequest } from './outgoing.ts'
import type { CachedAnswers, World } from './world.ts'

export type Respond = (request: CanonicalRequest, world: World, body: RequestBody) => Promise<Answer>
export type NarrowRequest = (
  request: CanonicalRequest,
  world: World,
  body: RequestBody,
) => Promise<OutgoingRequest | Answer>
export type NarrowJson = (value: Json, request: CanonicalRequest, world: World) => Json | Promise<Json>
/** Which headers a streamed answer carries beside, and over, the allow-listed ones of ComfyUI; `status` is ComfyUI's. */
export type ResponseHeaders = (request: CanonicalRequest, status: number) => Readonly<Record<string, string>>

/** What a row for strangers may use: never a tenant's world. */
export type RespondOpenly = (request: CanonicalRequest, cached: CachedAnswers) => Promise<Answer>

export type Isolation =
  | { readonly verb: 'opened'; readonly why: string; readonly by: RespondOpenly }
  | { readonly verb: 'denied'; readonly why: string; readonly answer: Answer }
  | {
      readonly verb: 'operator'
      readonly why: string
      readonly may: Permission
      readonly then: Isolation
      readonly otherwise: Answer
    }
  | { readonly verb: 'shared'; readonly why: string; readonly query: readonly string[]; readonly withBody: boolean }
  | {
      readonly verb: 'filtered'
      readonly keeps: string
      readonly query: readonly string[]
      readonly response: NarrowJson
    }
  | {
      readonly verb: 'rooted'
      readonly says: string
      readonly request: NarrowRequest
      readonly headers: ResponseHeaders
    }
  | { readonly verb: 'uploaded'; readonly says: string; readonly kind: 'image' | 'mask' }
  | { readonly verb: 'answered'; readonly from: string; readonly by: Respond }
  | { readonly verb: 'created'; readonly noun: string; readonly by: Respond }
  | { readonly verb: 'joined'; readonly says: string }

/** Public software that holds nothing of anybody's: answered to strangers too, from the cache. */
export function opened(why: string, by: RespondOpenly): Isolation {
  return { verb: 'opened', why, by }
}

/** Nobody reaches ComfyUI: everybody gets `answer`, by default the one of a missing route. */
export function denied(why: string, answer?: Answer): Isolation {
  return { verb: 'denied', why, answer: answer ?? { kind: 'text', status: 404, text: '404: Not Found' } }
}

/** Only holders of a permission; everybody else gets `otherwise`, by default the answer of a missing route. */
export function operator(may: Permission, why: string, then: Isolation, otherwise?: Answer): Isolation {
  return {
    verb: 'operator',
    may,
    why,
    then,
    otherwise: otherwise ?? { kind: 'text', status: 404, text: '404: Not Found' },
  }
}

/** The same for everybody: forwarded with the named query keys only. */
export function shared(why: string, options: { query?: readonly string[]; withBody?: boolean } = {}): Isolation {
  return { verb: 'shared', why, query: options.query ?? [], withBody: options.withBody ?? false }
}

/** ComfyUI answers, and what is not the tenant's is taken out of the JSON. */
export function filtered(keeps: string, response: NarrowJson, options: { query?: readonly string[] } = {}): Isolation {
  return { verb: 'filtered', keeps, query: options.query ?? [], response }
}

/** The request names a file: the name is confined to the tenant's own folder before it is sent. */
export function rooted(says: string, request: NarrowRequest, headers: ResponseHeaders = () => ({})): Isolation {
  return { verb: 'rooted', says, request, headers }
}

/** A multipart upload: every field is judged, the form is rebuilt below the tenant's own folder. */
export function uploaded(says: string, kind: 'image' | 'mask'): Isolation {
  return { verb: 'uploaded', says, kind }
}

/** The ledger, the tenant's own store or a cache answers; ComfyUI is not asked on the caller's behalf. */
export function answered(from: string, by: Respond): Isolation {
  return { verb: 'answered', from, by }
}

/** The owner is recorded before ComfyUI hears of it. */
export function created(noun: string, by: Respond): Isolation {
  return { verb: 'created', noun, by }
}

/** A WebSocket: ends in the sidecar; the hub delivers what the principal may hear. */
export function joined(says: string): Isolation {
  return { verb: 'joined', says }
}
