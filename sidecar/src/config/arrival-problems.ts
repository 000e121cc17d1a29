/** Do people who come by themselves get no more than they should? What they could administer is refused at the start. */
import { createRoleTable, type Permission } from '@gatehouse/shared/roles'
import type { ConfigFile } from './schema.ts'

/** What reaches beyond the own tenant, or makes lasting credentials of one. */
export function administers(permissions: ReadonlySet<Permission>): boolean {
  return [...permissions].some((permission) => /^(?:admin|manager|server|users):/.test(permission))
}

/** Each with its setting and its cure. */
export function arrivalProblems({ auth, roles }: Pick<ConfigFile, 'auth' | 'roles'>): readonly string[] {
  const { registration_role: role } = auth
  if (!administers(createRoleTable(roles).permissionsOf(role))) return []
  return [`auth.registration_role: ${role} may administer others; choose a role such as user, and raise people by hand`]
}
