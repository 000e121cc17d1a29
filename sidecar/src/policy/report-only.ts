/** Which rules can be tried out before they hold? Each only says what it would refuse while it is named in `policy.report_only`. */
import type { Principal } from '@gatehouse/shared/principal'
import type { RoleName } from '@gatehouse/shared/roles'

/** Every rule, with the sentence the documentation prints. Who somebody is, whose something is, and which routes exist are none. */
export const reportableRules = {
  network: 'the addresses in network.allow and network.deny',
  'role-addresses': 'the addresses that a role may come from',
  'role-nodes': 'the node classes that a role may run',
  'role-models': 'the models that a role may choose',
  'prompt-rate': 'how many prompts somebody may queue in a minute',
  'owner-routes': 'rows of routes that are for owners',
} as const

export type ReportableRule = keyof typeof reportableRules

export interface RuleRefusal {
  readonly principal?: Principal | undefined
  readonly address?: string | undefined
  /** Whose rule it is, where that is not the role of the principal. */
  readonly role?: RoleName | undefined
  /** What would be refused. */
  readonly target: string
  readonly requestId?: string | undefined
}

/** Whether what a rule refuses passes all the same, because the rule only reports: then that is written down. */
export type MayPass = (rule: ReportableRule, refusal: RuleRefusal) => boolean

/** Where nothing is tried out. */
export const everyRuleHolds: MayPass = () => false

/** Of these every role has its own: `role-nodes:artist` tries out those of one. */
const rolesRules: ReadonlySet<ReportableRule> = new Set(['role-addresses', 'role-nodes', 'role-models'])

/** What one entry of `policy.report_only` names; undefined where that is no rule. */
export function parseReported(entry: string): { readonly rule: ReportableRule; readonly role?: string } | undefined {
  const colon = entry.indexOf(':')
  if (colon === -1) return isReportableRule(entry) ? { rule: entry } : undefined
  const [rule, role] = [entry.slice(0, colon), entry.slice(colon + 1)]
  return isReportableRule(rule) && rolesRules.has(rule) && role !== '' ? { rule, role } : undefined
}

/** Whether these entries let a rule only report, for everybody or for this role. */
export function isReported(entries: readonly string[], rule: ReportableRule, role?: RoleName): boolean {
  return entries.includes(rule) || (role !== undefined && rolesRules.has(rule) && entries.includes(`${rule}:${role}`))
}

function isReportableRule(name: string): name is ReportableRule {
  return Object.hasOwn(reportableRules, name)
}
