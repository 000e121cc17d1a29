/** What becomes of a refusal by a rule that only reports? It is written down, and the request goes on. */
import type { RoleName } from '@gatehouse/shared/roles'
import type { MayPass, ReportableRule } from '../policy/report-only.ts'
import { type Audit, byPrincipal } from './audit.ts'

export interface MayPassDependencies {
  /** Asked each time: the configuration may have changed. */
  readonly isReported: (rule: ReportableRule, role: RoleName | undefined) => boolean
  readonly audit: Pick<Audit, 'record'>
}

export function createMayPass({ isReported, audit }: MayPassDependencies): MayPass {
  return (rule, { principal, role = principal?.role, address, target, requestId }) => {
    if (!isReported(rule, role)) return false
    const by = principal === undefined ? {} : byPrincipal(principal)
    audit.record({ kind: 'rule.reported', target: rule, ...by, address, requestId, detail: { wouldRefuse: target } })
    return true
  }
}
