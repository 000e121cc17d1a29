/** What may be offered on somebody? The server judges every call; this keeps away what it would refuse. */
import type { Me } from '@gatehouse/shared/own-api-contract'
import type { RoleSummary, UserSummary } from '@gatehouse/shared/people-contract'

export interface Rights {
  readonly mayChange: boolean
  readonly mayActFor: boolean
}

/** A role that is in the configuration no more holds nothing, and is anybody's to replace. */
export function rightsOn(
  user: Pick<UserSummary, 'name' | 'role' | 'state' | 'kind'>,
  me: Pick<Me, 'user' | 'permissions'>,
  roles: readonly RoleSummary[],
): Rights {
  if (user.name === me.user) return { mayChange: false, mayActFor: false }
  const role = roles.find(({ name }) => name === user.role)
  const isPresent = user.kind === 'person' && user.state === 'active'
  const isLess = role?.permissions.every((permission) => me.permissions.includes(permission)) ?? true
  return {
    mayChange: me.permissions.includes('admin:users') && (role?.mayGive ?? true),
    mayActFor: me.permissions.includes('admin:impersonate') && isPresent && isLess,
  }
}
