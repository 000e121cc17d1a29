/** Why is a request allowed or refused? The walk of `decide`, told in words, with what each rule says on the way. */
import type { Principal } from '@gatehouse/shared/principal'
import type { Permission } from '@gatehouse/shared/roles'
import type { CanonicalRequest } from './canonical-request.ts'
import type { RouteTable } from './compile-table.ts'
import { type DenyReason, decide } from './decide.ts'
import type { Isolation } from './isolation.ts'
import { isReported, type ReportableRule } from './report-only.ts'
import { passReportedRow } from './report-rows.ts'
import type { Row } from './row.ts'

const reasons: Readonly<Record<DenyReason, string>> = {
  no_row: 'no row of the route table fits, so the answer is that of a missing route',
  row_denies: 'the row denies it to everybody',
  not_signed_in: 'the caller is not signed in',
  permission_missing: 'the role lacks the permission that the row needs',
  operators_only: 'the row is for operators; everybody else gets a harmless answer',
}

/** What is known beside the principal. */
export interface Circumstances {
  /** What the role may, whatever the credential is limited to. */
  readonly held?: ReadonlySet<Permission> | undefined
  /** One line for each rule that was looked at before the row. */
  readonly lines?: readonly string[]
  /** Why the request comes as far as no row at all. */
  readonly refused?: string | undefined
  /** Names of what somebody may run who may edit no graph. */
  readonly published?: readonly string[]
  /** `policy.report_only`. */
  readonly reported?: readonly string[]
}

/** One line a step. */
export function explain(
  table: RouteTable,
  principal: Principal | undefined,
  request: CanonicalRequest,
  circumstances: Circumstances = {},
): readonly string[] {
  const decided = decide(table, principal, request)
  const decision = passReportedRow(decided, () => isReported(circumstances.reported ?? [], 'owner-routes'))
  const who =
    principal === undefined
      ? 'a stranger'
      : `${principal.userName} (${principal.role}, tenant ${principal.tenant.label})`
  const row = decision.row
  const needed = row === undefined ? undefined : neededFor(row)
  const isHeld = needed !== undefined && circumstances.held?.has(needed) === true
  const refusal =
    circumstances.refused ??
    (decision.kind === 'allow' ? undefined : decision.reason === 'permission_missing' && isHeld ? byKey : undefined) ??
    (decision.kind === 'allow' ? undefined : reasons[decision.reason])
  return [
    `${request.method} ${request.path} as ${who}`,
    ...(circumstances.lines ?? []),
    row === undefined ? 'row: none' : `row: ${row.key} in ${row.resource}, needs ${row.needs}`,
    ...(row === undefined ? [] : [`rule: ${row.says}`, `isolation: ${describeIsolation(row.isolation)}`]),
    ...(principal === undefined || needed === undefined ? [] : [permissionLine(principal, needed, circumstances.held)]),
    ...(decision === decided ? [] : ['report-only: owner-routes lets it pass, and writes down who came']),
    ...(principal === undefined || row === undefined ? [] : graphLines(principal, row, circumstances)),
    refusal === undefined ? 'verdict: allowed' : `verdict: refused, ${refusal}`,
  ]
}

const byKey = 'the credential is limited and lacks the permission, though the role has it'

/** undefined where nobody, or everybody, is let in. */
function neededFor({ isolation, needs }: Row): Permission | undefined {
  if (isolation.verb === 'operator') return isolation.may
  return needs === 'anybody' || isolation.verb === 'denied' ? undefined : needs
}

function permissionLine(principal: Principal, needed: Permission, held: Circumstances['held']): string {
  const byRole = (held ?? principal.permissions).has(needed)
  const role = `the role ${principal.role} ${byRole ? 'has' : 'lacks'} it`
  const isNarrowed = byRole && !principal.permissions.has(needed)
  return `permission: ${needed}: ${role}${isNarrowed ? ', the credential is limited and lacks it' : ''}`
}

/** What somebody may queue who may queue at all. */
function graphLines(
  principal: Principal,
  row: Row,
  { published = [], reported = [] }: Circumstances,
): readonly string[] {
  if (row.isolation.verb !== 'created' || !principal.permissions.has('prompt:run')) return []
  const tried = ofPrompts.filter((rule) => isReported(reported, rule, principal.role))
  const lines = tried.length === 0 ? [] : [`report-only: ${tried.join(', ')}: refuses no prompt, and writes it down`]
  if (principal.permissions.has('graph:edit'))
    return ['graphs: any, as the nodes and models of the role allow', ...lines]
  const names = published.length === 0 ? 'none is published' : published.join(', ')
  return [`graphs: published workflows only, for want of graph:edit: ${names}`, ...lines]
}

const ofPrompts: readonly ReportableRule[] = ['role-nodes', 'role-models', 'prompt-rate']

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
