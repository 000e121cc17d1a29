/** Which one path does a request target mean? One decoded, dot-free, alias-free reading, or refusal. */
import { GatehouseError } from '../gatehouse-error.ts'

export interface CanonicalTarget {
  readonly segments: readonly string[]
  readonly underApi: boolean
  readonly path: string
  readonly query: ReadonlyMap<string, string>
}

/** Longer targets are refused unread; aiohttp's own line limit is 8190 bytes. */
const maxTargetBytes = 8_000
/** Characters that Node's URL, a proxy and aiohttp read differently, or that no target may hold (RFC 3986). */
const ambiguous = /[#\s"<>]|[^\x20-\x7e]/
/** Browsers write these raw in a query, never in a path. */
const ambiguousInPath = /[\\^`{}]/
const control = /\p{Cc}/u

/**
 * Parses `request.url`. Absolute-form, fragments, backslashes, control characters and broken percent-encoding are
 * refused; empty, `.` and `..` segments name nothing (aiohttp: 404).
 * @throws bad_target, not_found
 */
export function canonicalTarget(target: string): CanonicalTarget {
  if (target.length > maxTargetBytes) throw new GatehouseError('bad_target', { detail: 'target too long' })
  if (!target.startsWith('/') || ambiguous.test(target)) throw new GatehouseError('bad_target')
  const mark = target.indexOf('?')
  const rawPath = mark === -1 ? target : target.slice(0, mark)
  if (ambiguousInPath.test(rawPath)) throw new GatehouseError('bad_target')
  const written = rawPath === '/' ? [] : rawPath.slice(1).split('/').map(decode)
  const { segments, underApi } = foldApi(written)
  assertOrdinarySegments(segments)
  return {
    segments,
    underApi,
    path: `/${segments.join('/')}`,
    query: parseQuery(mark === -1 ? '' : target.slice(mark + 1)),
  }
}

/**
 * Query of a request target: keys and values decoded once, `+` as a space, `;` no separator (as aiohttp reads it).
 * @throws bad_target for a repeated key or broken encoding
 */
export function parseQuery(raw: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>()
  for (const part of raw.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const key = decode((equals === -1 ? part : part.slice(0, equals)).replaceAll('+', ' '))
    const value = equals === -1 ? '' : decode(part.slice(equals + 1).replaceAll('+', ' '))
    // aiohttp takes the first of a repeated key, other parsers the last.
    if (query.has(key)) throw new GatehouseError('bad_target', { detail: 'repeated query key' })
    query.set(key, value)
  }
  return query
}

/** ComfyUI registers every route twice; its jobs routes are written with `/api`, so their twin is `/api/api/jobs`. */
function foldApi(written: readonly string[]): { segments: readonly string[]; underApi: boolean } {
  if (written[0] !== 'api') return { segments: written, underApi: false }
  const once = written.slice(1)
  if (once[0] === 'api' && once[1] === 'jobs') return { segments: once.slice(1), underApi: true }
  return { segments: once, underApi: true }
}

function assertOrdinarySegments(segments: readonly string[]): void {
  segments.forEach((segment, index) => {
    if (segment === '' || segment === '.' || segment === '..') throw new GatehouseError('not_found')
    if (control.test(segment) || segment.includes('\\')) throw new GatehouseError('bad_target')
    if (segment.includes('/') && !mayHoldSlash(segments, index)) throw new GatehouseError('not_found')
  })
}

/** `/userdata/{file}`, `/userdata/{file}/move/{dest}` and model previews carry whole paths inside one segment. */
function mayHoldSlash(segments: readonly string[], index: number): boolean {
  if (segments[0] === 'userdata') return index === 1 || (index === 3 && segments[2] === 'move')
  return segments[0] === 'experiment' && segments[1] === 'models' && segments[2] === 'preview' && index === 5
}

function decode(raw: string): string {
  if (!raw.includes('%')) return raw
  try {
    return decodeURIComponent(raw)
  } catch (cause) {
    throw new GatehouseError('bad_target', { cause })
  }
}
