/** How is an allowed request carried out? Runs the row's verb: answer it, narrow it, or forward what was rebuilt. */
import type { ServerResponse } from 'node:http'
import { GatehouseError } from './gatehouse-error.ts'
import type { Answer } from './policy/answer.ts'
import type { CanonicalRequest, RequestBody } from './policy/canonical-request.ts'
import type { Isolation } from './policy/isolation.ts'
import { conditionalHeaders, type OutgoingRequest, outgoing } from './policy/outgoing.ts'
import type { World } from './policy/world.ts'

/** The doors out, handed in: this file opens no socket itself. */
export interface Forwards {
  /** Streams ComfyUI's answer to the client. */
  stream(request: OutgoingRequest, response: ServerResponse, headers: HeadersOfStatus): Promise<void>
  upload(kind: 'image' | 'mask', request: CanonicalRequest, world: World, body: RequestBody): Promise<Answer>
  write(response: ServerResponse, answer: Answer): Promise<void>
}

type HeadersOfStatus = (status: number) => Readonly<Record<string, string>>

export interface NarrowInput {
  readonly isolation: Isolation
  readonly request: CanonicalRequest
  readonly world: World
  readonly body: RequestBody
  readonly response: ServerResponse
}

const passedOnHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-cache',
  vary: 'Cookie, Authorization',
  'x-content-type-options': 'nosniff',
}

/** Carries the request out; everything it can send upstream is an `OutgoingRequest`. */
export async function narrow(input: NarrowInput, forwards: Forwards): Promise<void> {
  const { isolation, request, world, body, response } = input
  switch (isolation.verb) {
    case 'answered':
    case 'created':
      return forwards.write(response, await isolation.by(request, world, body))
    case 'opened':
      return forwards.write(response, await isolation.by(request, world.cached))
    case 'filtered':
      return forwards.write(response, await filter(isolation, request, world))
    case 'rooted': {
      const sent = await isolation.request(request, world, body)
      if ('kind' in sent) return forwards.write(response, sent)
      return forwards.stream(sent, response, (status) => ({
        ...passedOnHeaders,
        ...isolation.headers(request, status),
      }))
    }
    case 'shared':
      return forwards.stream(await rebuilt(isolation, request, world, body), response, () => passedOnHeaders)
    case 'uploaded':
      return forwards.write(response, await forwards.upload(isolation.kind, request, world, body))
    case 'joined':
      // aiohttp's answer to a plain GET of a WebSocket route.
      return forwards.write(response, {
        kind: 'text',
        status: 400,
        text: 'No WebSocket UPGRADE hdr: None\n Can "Upgrade" only to "WebSocket".',
      })
    case 'denied':
    case 'operator':
      throw new TypeError('decide() allows no denied or operator row')
    default:
      return isolation satisfies never
  }
}

async function filter(
  isolation: Isolation & { verb: 'filtered' },
  request: CanonicalRequest,
  world: World,
): Promise<Answer> {
  const answer = await world.comfyui.getJson(
    `/${request.segments.map(encodeURIComponent).join('/')}`,
    namedQuery(isolation.query, request),
  )
  if (answer.status !== 200) return { kind: 'empty', status: answer.status }
  return { kind: 'json', status: 200, value: await isolation.response(answer.value, request, world) }
}

async function rebuilt(
  isolation: Isolation & { verb: 'shared' },
  request: CanonicalRequest,
  world: World,
  body: RequestBody,
): Promise<OutgoingRequest> {
  const bytes =
    isolation.withBody && request.method !== 'GET' && request.method !== 'HEAD'
      ? await body.bytes(world.limits.maxJsonBytes)
      : undefined
  return outgoing({
    method: request.method,
    segments: request.segments,
    underApi: request.underApi,
    query: namedQuery(isolation.query, request),
    headers: {
      ...conditionalHeaders(request),
      ...(bytes === undefined ? {} : { 'content-type': plainType(request.headers.contentType) }),
    },
    ...(bytes === undefined ? {} : { body: bytes }),
  })
}

function namedQuery(keys: readonly string[], request: CanonicalRequest): Record<string, string> {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = request.query.get(key)
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

function plainType(written: string | undefined): string {
  if (written === undefined || !/^[\w.+-]+\/[\w.+-]+(?:\s*;.*)?$/.test(written)) return 'application/json'
  if (/^multipart\//i.test(written))
    throw new GatehouseError('bad_request', { message: 'Forms are not passed on here.' })
  return written.split(';')[0]?.trim() ?? 'application/json'
}
