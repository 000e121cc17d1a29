/** Why is a request allowed or refused? The walk of `decide`, told in words. */
import type { Principal } from '@gatehouse/shared/principal'
import type { CanonicalRequest } from './canonical-request.ts'
import type { RouteTable } from './compile-table.ts'
import { type DenyReason, decide } from './decide.ts'
import type { Isolation } from './isolation.ts'

const reasons: Readonly<Record<DenyReason, string>> = {
  no_row: 'no row of the route table fits, so the answer is that of a missing route',
  row_denies: 'the row denies it to everybody',
  not_signed_in: 'the caller is not signed in',
  permission_missing: 'the role lacks the permission that the row needs',
  operators_only: 'the row is for operators; everybody else gets a harmless answer',
}

/** One line a step. */
export function explain(
  table: RouteTable,
  principal: Principal | undefined,
  request: CanonicalRequest,
): readonly string[] {
  const decision = decide(table, principal, request)
  const who =
    principal === undefined
      ? 'a stranger'
      : `${principal.userName} (${principal.role}, tenant ${principal.tenant.label})`
  const row = decision.row
  return [
    `${request.method} ${request.path} as ${who}`,
    row === undefined ? 'row: none' : `row: ${row.key} in ${row.resource}, needs ${row.needs}`,
    ...(row === undefined ? [] : [`rule: ${row.says}`, `isolation: ${describeIsolation(row.isolation)}`]),
    decision.kind === 'allow' ? 'verdict: allowed' : `verdict: refused, ${reasons[decision.reason]}`,
  ]
}

/** The isolation of a row in one phrase, for documents and the command line. */
export function describeIsolation(isolation: Isolation): string {
  switch (isolation.verb) {
    case 'opened':
      return `open to strangers: ${isolation.why}`
    case 'denied':
      return `denied: ${isolation.why}`
    case 'operator':
      return `operator (${isolation.may}): ${isolation.why}; then ${describeIsolation(isolation.then)}`
    case 'shared':
      return `shared: ${isolation.why}`
    case 'filtered':
      return `filtered: keeps ${isolation.keeps}`
    case 'rooted':
      return `rooted: ${isolation.says}`
    case 'uploaded':
      return `uploaded: ${isolation.says}`
    case 'answered':
      return `answered from ${isolation.from}`
    case 'created':
      return `created: ${isolation.noun}, owner recorded first`
    case 'joined':
      return `joined: ${isolation.says}`
    default:
      return isolation satisfies never
  }
}
