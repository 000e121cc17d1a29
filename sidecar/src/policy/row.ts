/** What is a row of the route table? Route, permission and isolation of one ComfyUI resource, as data. */
import type { Permission } from '@gatehouse/shared/roles'
import type { Method } from './canonical-request.ts'
import type { Isolation } from './isolation.ts'

/** `anybody` needs no identity: health, and what a browser fetches without cookies. */
export type Needs = Permission | 'anybody'

export interface RowDraft {
  readonly needs: Needs
  readonly isolation: Isolation
  /** Where ComfyUI serves it; `both` is ComfyUI's doubling of every route. */
  readonly at: 'both' | 'root' | 'api'
}

/** `'GET /history/:promptId'`; a last segment `*` stands for one or more segments. */
export type RouteKey = `${Method} /${string}`

export interface Resource {
  readonly name: string
  /** The rule of the resource in one sentence. */
  readonly says: string
  /** The function of ComfyUI that the rows were read from. */
  readonly source: string
  readonly table: Readonly<Record<RouteKey, RowDraft>>
}

export interface Row extends RowDraft {
  readonly key: RouteKey
  readonly method: Method
  readonly pattern: readonly string[]
  readonly resource: string
  readonly says: string
}

/** Declares one resource's rows. */
export function routes(name: string, resource: Omit<Resource, 'name'>): Resource {
  return { name, ...resource }
}

/** A row on both sides of `/api`. */
export function row(needs: Needs, isolation: Isolation, at: RowDraft['at'] = 'both'): RowDraft {
  return { needs, isolation, at }
}
