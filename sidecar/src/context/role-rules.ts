/** What of nodes and models may each role use right now? The settings of a role, parsed once for each configuration. */
import type { RoleName } from '@gatehouse/shared/roles'
import type { Config } from '../config/config.ts'
import { isReported } from '../policy/report-only.ts'
import { parseRoleRules, type RoleRules } from '../prompt/role-rules.ts'

interface Split {
  /** Those that hold. */
  readonly held: RoleRules
  /** Those that only report; undefined where there are none. */
  readonly tried: RoleRules | undefined
}

const known = new WeakMap<Config, Map<RoleName, Split>>()

export function roleRulesOf(config: Config, role: RoleName): RoleRules {
  return splitOf(config, role).held
}

/** What `policy.report_only` takes out of them. */
export function triedRulesOf(config: Config, role: RoleName): RoleRules | undefined {
  return splitOf(config, role).tried
}

function splitOf(config: Config, role: RoleName): Split {
  const rules = known.get(config) ?? new Map<RoleName, Split>()
  known.set(config, rules)
  const own = rules.get(role) ?? split(config, role)
  rules.set(role, own)
  return own
}

function split({ policy, roles }: Config, role: RoleName): Split {
  const { nodes, models } = roles[role] ?? {}
  const [triesNodes, triesModels] = [
    isReported(policy.report_only, 'role-nodes', role),
    isReported(policy.report_only, 'role-models', role),
  ]
  return {
    held: parseRoleRules({ nodes: triesNodes ? undefined : nodes, models: triesModels ? undefined : models }),
    tried:
      triesNodes || triesModels
        ? parseRoleRules({ nodes: triesNodes ? nodes : undefined, models: triesModels ? models : undefined })
        : undefined,
  }
}
