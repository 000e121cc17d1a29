/** Which rules can be tried out before they hold? Each only says what it would refuse while it is named in `policy.report_only`. */
import type { Principal } from '@gatehouse/shared/principal'

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
  /** What would be refused. */
  readonly target: string
  readonly requestId?: string | undefined
}

/** Whether what a rule refuses passes all the same, because the rule only reports: then that is written down. */
export type MayPass = (rule: ReportableRule, refusal: RuleRefusal) => boolean

/** Where nothing is tried out. */
export const everyRuleHolds: MayPass = () => false

export function isReportableRule(name: string): name is ReportableRule {
  return Object.hasOwn(reportableRules, name)
}
