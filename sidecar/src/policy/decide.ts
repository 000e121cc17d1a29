/** May they? A total, synchronous judgement of (principal, request) by the one row that fits. */
import { mayPrincipal, type Principal } from '@gatehouse/shared/principal'
import type { Answer } from './answer.ts'
import type { CanonicalRequest } from './canonical-request.ts'
import type { RouteTable } from './compile-table.ts'
import type { Isolation } from './isolation.ts'
import type { Row } from './row.ts'

export type DenyReason = 'no_row' | 'row_denies' | 'not_signed_in' | 'permission_missing' | 'operators_only'

export type Decision =
  | { readonly kind: 'allow'; readonly row: Row; readonly isolation: Isolation }
  /** `answer` undefined: the error writer's 401 or 403. */
  | {
      readonly kind: 'deny'
      readonly row: Row | undefined
      readonly reason: DenyReason
      readonly answer: Answer | undefined
    }

const missing: Answer = { kind: 'text', status: 404, text: '404: Not Found' }

/** Judges one request. `principal` is undefined for a stranger. */
export function decide(table: RouteTable, principal: Principal | undefined, request: CanonicalRequest): Decision {
  const row = table.match(request)
  if (row?.needs === 'anybody') return allowOrDeny(row, row.isolation, principal)
  // A stranger learns nothing about which routes exist.
  if (principal === undefined) return { kind: 'deny', row, reason: 'not_signed_in', answer: undefined }
  if (row === undefined) return { kind: 'deny', row, reason: 'no_row', answer: missing }
  if (row.isolation.verb === 'denied') return allowOrDeny(row, row.isolation, principal)
  if (row.isolation.verb !== 'operator' && !mayPrincipal(principal, row.needs)) {
    return { kind: 'deny', row, reason: 'permission_missing', answer: undefined }
  }
  return allowOrDeny(row, row.isolation, principal)
}

function allowOrDeny(row: Row, isolation: Isolation, principal: Principal | undefined): Decision {
  if (isolation.verb === 'denied') return { kind: 'deny', row, reason: 'row_denies', answer: isolation.answer }
  if (isolation.verb !== 'operator') return { kind: 'allow', row, isolation }
  const holds = principal !== undefined && mayPrincipal(principal, isolation.may)
  if (!holds) return { kind: 'deny', row, reason: 'operators_only', answer: isolation.otherwise }
  return allowOrDeny(row, isolation.then, principal)
}
