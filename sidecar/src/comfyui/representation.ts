/** How is one body answered to clients that differ in coding, cache and range? */
import { createHash } from 'node:crypto'
import type { Answer, AnswerHeaders } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { parseRange } from '../transform/byte-range.ts'
import { matchesEtag } from '../transform/etag.ts'
import { type Coding, compress, compressions, negotiate } from './compress.ts'

export interface Representation {
  /** Opaque, without quotes; the same tag means the same bytes. */
  readonly tag: string
  readonly type: string
  readonly isCompressible: boolean
  body(coding: Coding): Promise<Uint8Array>
}

// Below this, headers weigh more than what compression saves.
const smallestCompressedBytes = 600

/** A body in memory, compressed at most once per coding. */
export function representBytes(bytes: Uint8Array, type: string, tag = hashTag(bytes)): Representation {
  const bodies = new Map<Coding, Promise<Uint8Array>>([['identity', Promise.resolve(bytes)]])
  const isCompressible = isCompressibleType(type) && bytes.length >= smallestCompressedBytes
  return {
    tag,
    type,
    isCompressible,
    body: (coding) => {
      const body = bodies.get(coding) ?? compress(bytes, coding)
      bodies.set(coding, body)
      return body
    },
  }
}

/** 304, 206, 416 or the whole body in the coding the client likes best. */
export async function answerWith(
  representation: Representation,
  request: CanonicalRequest,
  cacheControl: string,
): Promise<Answer> {
  const { tag, type, isCompressible } = representation
  const { ifNoneMatch, range, ifRange, acceptEncoding } = request.headers
  const vary: AnswerHeaders = isCompressible ? { vary: 'Accept-Encoding' } : {}
  const coding = isCompressible && range === undefined ? negotiate(acceptEncoding) : 'identity'
  const etag = codedTag(tag, coding)
  const headers: AnswerHeaders = { ...vary, etag, 'cache-control': cacheControl }
  if (matchesEtag(ifNoneMatch, [codedTag(tag, 'identity'), ...compressions.map((each) => codedTag(tag, each))])) {
    return { kind: 'empty', status: 304, headers }
  }
  const body = await representation.body(coding)
  if (range !== undefined && (ifRange === undefined || ifRange === etag)) {
    return rangeAnswer(body, range, { ...headers, 'content-type': type })
  }
  const encoded: AnswerHeaders = coding === 'identity' ? { 'accept-ranges': 'bytes' } : { 'content-encoding': coding }
  return { kind: 'bytes', status: 200, body, headers: { ...headers, ...encoded, 'content-type': type } }
}

/** A tag for bytes that have none. */
export function hashTag(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
}

export function isCompressibleType(type: string): boolean {
  const bare = type.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return /^text\/|[/+](?:json|javascript|xml|wasm|manifest)$|^image\/(?:svg\+xml|bmp|x-icon)$|^font\/(?:ttf|otf)$/.test(
    bare,
  )
}

/** Every coding is a representation of its own and needs its own strong tag (RFC 9110 section 8.8.3.3). */
function codedTag(tag: string, coding: Coding): string {
  return coding === 'identity' ? `"${tag}"` : `"${tag}-${coding}"`
}

function rangeAnswer(body: Uint8Array, header: string, headers: AnswerHeaders): Answer {
  const range = parseRange(header, body.length)
  switch (range.kind) {
    case 'whole':
      return { kind: 'bytes', status: 200, body, headers }
    case 'unsatisfiable':
      return { kind: 'empty', status: 416, headers: { 'content-range': `bytes */${body.length}` } }
    case 'part':
      return {
        kind: 'bytes',
        status: 206,
        body: body.subarray(range.start, range.end),
        headers: { ...headers, 'content-range': `bytes ${range.start}-${range.end - 1}/${body.length}` },
      }
  }
}
