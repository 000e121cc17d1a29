/** Which handler answers a path? Resources in order of registration, static folders last, methods collected for Allow. */
import { type Answer, type BytesAnswer, empty, methodNotAllowed } from './answer.ts'
import type { IncomingRequest } from './incoming-request.ts'
import { decodeCaptured } from './target.ts'

export type Handler = (request: IncomingRequest) => Answer | Promise<Answer>

/** Keyed `'GET /path/{name}'`; `{name:.*}` takes the rest of the path. */
export type RouteTable = Readonly<Record<string, Handler>>

interface Resource {
  readonly method: string
  readonly pattern: RegExp
  readonly handler: Handler
}

/** A static folder, tried after all routes, longest prefix first. */
export interface StaticMount {
  readonly prefix: string
  readonly serve: (relative: string) => Answer
}

export interface Router {
  readonly resolve: (method: string, path: string) => { handler: Handler; params: ReadonlyMap<string, string> }
}

export interface RouterParts {
  /** Doubled: as written and with `/api` in front. */
  readonly routes: RouteTable
  readonly undoubled: RouteTable
  readonly statics: readonly StaticMount[]
  /** Owns everything below its prefix, with answers of its own (`add_subapp`). */
  readonly subApplication: { readonly prefix: string; readonly routes: RouteTable; readonly absent: BytesAnswer }
}

export function createRouter(parts: RouterParts): Router {
  const doubled = compile(parts.routes, '/api')
  const resources = [...compile(parts.undoubled, ''), ...doubled, ...compile(parts.routes, '')]
  const sub = parts.subApplication
  const subResources = compile(sub.routes, sub.prefix)
  const statics = [...parts.statics].sort((a, b) => b.prefix.length - a.prefix.length)
  return {
    resolve: (method, path) => {
      if (path === sub.prefix || path.startsWith(`${sub.prefix}/`)) {
        return find(subResources, [], method, path, () => sub.absent)
      }
      return find(resources, statics, method, path, () => empty(404))
    },
  }
}

function find(
  resources: readonly Resource[],
  statics: readonly StaticMount[],
  method: string,
  path: string,
  absent: () => Answer,
): { handler: Handler; params: ReadonlyMap<string, string> } {
  const allowed = new Set<string>()
  for (const resource of resources) {
    const match = resource.pattern.exec(path)
    if (match === null) continue
    // Every GET route answers HEAD as well.
    const methods = resource.method === 'GET' ? ['GET', 'HEAD'] : [resource.method]
    if (methods.includes(method)) return { handler: resource.handler, params: capture(match) }
    for (const one of methods) allowed.add(one)
  }
  for (const mount of statics) {
    if (!path.startsWith(`${mount.prefix}/`)) continue
    if (method === 'GET' || method === 'HEAD') {
      const relative = decodeCaptured(path.slice(mount.prefix.length + 1))
      return { handler: () => mount.serve(relative), params: new Map() }
    }
    allowed.add('GET').add('HEAD')
  }
  if (allowed.size === 0) return { handler: absent, params: new Map() }
  return { handler: () => methodNotAllowed(allowed), params: new Map() }
}

function compile(table: RouteTable, prefix: string): Resource[] {
  return Object.entries(table).map(([key, handler]) => {
    const [method = '', path = ''] = key.split(' ')
    return { method, pattern: new RegExp(`^${prefix}${patternOf(path)}$`, 's'), handler }
  })
}

function patternOf(path: string): string {
  return path
    .split(/(\{[^}]+\})/)
    .map((part) => {
      const named = /^\{(\w+)(?::(.+))?\}$/.exec(part)
      if (named === null) return part.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
      return `(?<${named[1]}>${named[2] ?? '[^{}/]+'})`
    })
    .join('')
}

function capture(match: RegExpExecArray): ReadonlyMap<string, string> {
  return new Map(Object.entries(match.groups ?? {}).map(([key, value]) => [key, decodeCaptured(value)]))
}
