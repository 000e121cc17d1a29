/** Is the route table sound, and which row does a request match? Refuses overlap at start, matches exactly one. */
import { type CanonicalRequest, type Method, methods } from './canonical-request.ts'
import type { Resource, RouteKey, Row } from './row.ts'

export interface RouteTable {
  readonly rows: readonly Row[]
  /** The one row, or undefined: then the answer is that of a missing route. */
  match(request: Pick<CanonicalRequest, 'method' | 'segments' | 'underApi'>): Row | undefined
}

/**
 * Compiles the resources' tables.
 * @throws TypeError on a repeated or overlapping route, an unknown method or a missing sentence
 */
export function compileTable(resources: readonly Resource[]): RouteTable {
  const rows = resources.flatMap(toRows)
  rows.forEach((row, index) => {
    for (const other of rows.slice(index + 1)) refuseOverlap(row, other)
  })
  const byStart = Map.groupBy(rows, (row) => startOf(row.method, row.pattern[0]))
  return {
    rows,
    match(request) {
      // ComfyUI runs the GET handler for HEAD.
      const method = request.method === 'HEAD' ? 'GET' : request.method
      const found = (byStart.get(startOf(method, request.segments[0])) ?? []).filter(
        (row) => servedAt(row, request.underApi) && fits(row.pattern, request.segments),
      )
      // A literal segment beats a parameter, as in aiohttp's order of registration.
      return found.length > 1 ? found.toSorted(byLiterals)[0] : found[0]
    },
  }
}

/** No row begins with a parameter, so that the first segment finds the few rows that can fit. */
function startOf(method: Method, first: string | undefined): string {
  return `${method} ${first ?? ''}`
}

function toRows(resource: Resource): Row[] {
  if (resource.says.trim() === '') throw new TypeError(`${resource.name}: a resource needs its sentence`)
  return Object.entries(resource.table).map(([key, draft]) => {
    const { method, pattern } = parseKey(key)
    return { ...draft, key: parseRouteKey(key), method, pattern, resource: resource.name, says: resource.says }
  })
}

function parseKey(key: string): { method: Method; pattern: readonly string[] } {
  const [name, path] = key.split(' ')
  const method = methods.find((known) => known === name)
  if (method === undefined || path === undefined || !path.startsWith('/')) throw new TypeError(`not a route: ${key}`)
  const pattern = path === '/' ? [] : path.slice(1).split('/')
  if (isOpen(pattern[0] ?? '')) throw new TypeError(`a route may not begin with a parameter: ${key}`)
  return { method, pattern }
}

function parseRouteKey(key: string): RouteKey {
  return key as RouteKey
}

function servedAt(row: Row, underApi: boolean): boolean {
  return row.at === 'both' || (row.at === 'api') === underApi
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  if (pattern.at(-1) === '*') {
    return segments.length >= pattern.length && fits(pattern.slice(0, -1), segments.slice(0, pattern.length - 1))
  }
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => part.startsWith(':') || part === segments[index])
  )
}

function byLiterals(one: Row, other: Row): number {
  return literals(other) - literals(one)
}

function literals(row: Row): number {
  return row.pattern.filter((part) => !part.startsWith(':') && part !== '*').length
}

/** Two rows may both fit a request only when one is strictly more literal; everything else is ambiguous. */
function refuseOverlap(one: Row, other: Row): void {
  if (one.method !== other.method || (one.at !== 'both' && other.at !== 'both' && one.at !== other.at)) return
  if (!mayShareLength(one.pattern, other.pattern)) return
  const shared = Math.min(one.pattern.length, other.pattern.length)
  for (let index = 0; index < shared; index += 1) {
    const left = one.pattern[index] ?? ''
    const right = other.pattern[index] ?? ''
    if (!isOpen(left) && !isOpen(right) && left !== right) return
  }
  if (literals(one) === literals(other))
    throw new TypeError(`${one.key} (${one.resource}) overlaps ${other.key} (${other.resource})`)
}

/** A wildcard stands for one segment or more. */
function mayShareLength(one: readonly string[], other: readonly string[]): boolean {
  const [oneWild, otherWild] = [one.at(-1) === '*', other.at(-1) === '*']
  if (oneWild && otherWild) return true
  if (oneWild) return other.length >= one.length
  if (otherWild) return one.length >= other.length
  return one.length === other.length
}

function isOpen(part: string): boolean {
  return part.startsWith(':') || part === '*'
}
