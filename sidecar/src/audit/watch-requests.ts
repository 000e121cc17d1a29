/** Which requests to ComfyUI are security events? Those that were refused for want of a right, and those that change the server. */
import type { Principal } from '@gatehouse/shared/principal'
import type { GatehouseError } from '../gatehouse-error.ts'
import type { EnterChange } from '../limits/change-rate.ts'
import { type Audit, type AuditEntry, byPrincipal } from './audit.ts'

export interface WatchedRequest {
  readonly id: string
  readonly clientAddress: string
  readonly principal: Principal | undefined
  /** Key of the row. */
  readonly route: string | undefined
  readonly request: { readonly method: string; readonly path: string; readonly query: ReadonlyMap<string, string> }
}

export interface RequestWatch {
  refused(scope: WatchedRequest, error: GatehouseError): void
  /** `resource`: the file of the row that let it through. @throws too_many_requests for one change of the server too many */
  allowed(scope: WatchedRequest, resource: string): void
}

/** ComfyUI-Manager 3.41 changes settings and restarts with GET (glob/manager_server.py). */
const changingPath = /\/(?:reboot|queue\/(?:start|reset|update_all|update_comfyui)|snapshot\/(?:save|restore|remove))$/

export function createRequestWatch(audit: Pick<Audit, 'record'>, enterChange: EnterChange): RequestWatch {
  return {
    refused: (scope, error) => {
      if (error.code !== 'forbidden' || scope.principal === undefined) return
      // The row, not the path: that would hold names of files.
      audit.record({ kind: 'access.refused', target: scope.route ?? scope.request.method, ...who(scope) })
    },
    allowed: (scope, resource) => {
      if (resource !== 'manager' || !changesServer(scope.request)) return
      if (scope.principal !== undefined) enterChange(scope.principal)
      audit.record({ kind: 'manager.used', target: `${scope.request.method} ${scope.request.path}`, ...who(scope) })
    },
  }
}

function changesServer({ method, path, query }: WatchedRequest['request']): boolean {
  return method !== 'GET' || query.has('value') || changingPath.test(path)
}

function who(scope: WatchedRequest): Omit<AuditEntry, 'kind'> {
  const by = scope.principal === undefined ? {} : byPrincipal(scope.principal)
  return { ...by, address: scope.clientAddress, requestId: scope.id }
}
