/** What is the operator told, at every start, of rules that refuse nothing for now? */
import type { Config } from '../config/config.ts'

/** One loud sentence; nothing where every rule holds. */
export function warnOfTriedRules({ policy }: Pick<Config, 'policy'>, say: (sentence: string) => void): void {
  if (policy.report_only.length === 0) return
  say(
    `WARNING: policy.report_only lets everything through that ${policy.report_only.join(', ')} would refuse, and only writes it down. See it with: gatehouse audit list --kind rule.reported`,
  )
}
