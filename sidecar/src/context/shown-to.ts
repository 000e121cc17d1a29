/** Which classes and models is a role offered right now? The judgement of prompts, asked before there is one. */
import type { RoleName, RoleTable } from '@gatehouse/shared/roles'
import { combinedVersion } from '../comfyui/object-info.ts'
import type { ClassPolicy } from '../comfyui/shown-snapshot.ts'
import type { Config } from '../config/config.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { parseNodeDecisions } from '../prompt/catalogue/admissions.ts'
import { shownClass } from '../prompt/shown-classes.ts'
import { roleRulesOf } from './role-rules.ts'

export function createShownTo(live: LiveConfig): (role: RoleName) => ClassPolicy {
  // Thousands of requests share a configuration.
  const known = new WeakMap<Config, Map<RoleName, ClassPolicy>>()
  return (role) => {
    const config = live.current()
    const policies = known.get(config) ?? new Map<RoleName, ClassPolicy>()
    known.set(config, policies)
    const policy = policies.get(role) ?? policyOf(config, role, live.roles())
    policies.set(role, policy)
    return policy
  }
}

function policyOf(config: Config, role: RoleName, roles: RoleTable): ClassPolicy {
  const { nodes, models } = config
  const forRole = roleRulesOf(config, role)
  const permissions = roles.permissionsOf(role)
  const decisions = { ...parseNodeDecisions(nodes), allowPickles: models.allow_pickles, role, forRole, permissions }
  return {
    key: combinedVersion(
      role,
      JSON.stringify([nodes, models.allow_pickles, permissions.has('nodes:partner'), forRole]),
    ),
    show: (name, info, objectInfo) => shownClass(name, info, { ...decisions, objectInfo }),
  }
}
