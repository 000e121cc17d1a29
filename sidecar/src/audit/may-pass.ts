/** What becomes of a refusal by a rule that only reports? It is written down, and the request goes on. */
import type { MayPass, ReportableRule } from '../policy/report-only.ts'
import { type Audit, byPrincipal } from './audit.ts'

export interface MayPassDependencies {
  /** Asked each time: the configuration may have changed. */
  readonly isReported: (rule: ReportableRule) => boolean
  readonly audit: Pick<Audit, 'record'>
}

export function createMayPass({ isReported, audit }: MayPassDependencies): MayPass {
  return (rule, { principal, address, target, requestId }) => {
    if (!isReported(rule)) return false
    const by = principal === undefined ? {} : byPrincipal(principal)
    audit.record({ kind: 'rule.reported', target: rule, ...by, address, requestId, detail: { wouldRefuse: target } })
    return true
  }
}
