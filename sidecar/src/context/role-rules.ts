/** What of nodes and models may each role use right now? The settings of a role, parsed once for each configuration. */
import type { RoleName } from '@gatehouse/shared/roles'
import type { Config } from '../config/config.ts'
import { parseRoleRules, type RoleRules } from '../prompt/role-rules.ts'

const known = new WeakMap<Config, Map<RoleName, RoleRules>>()

export function roleRulesOf(config: Config, role: RoleName): RoleRules {
  const rules = known.get(config) ?? new Map<RoleName, RoleRules>()
  known.set(config, rules)
  const own = rules.get(role) ?? parseRoleRules(config.roles[role])
  rules.set(role, own)
  return own
}
