/** On whom may an administrator act? Nobody gives, takes or reaches into more than their own role holds. */

import type { TenantId } from '@gatehouse/shared/ids'
import { mayPrincipal } from '@gatehouse/shared/principal'
import type { RoleName } from '@gatehouse/shared/roles'
import { GatehouseError } from '../gatehouse-error.ts'
import { mayGive } from '../identity/invitation.ts'
import { canonicalUserName } from '../identity/user-name.ts'
import type { Member } from '../store/store.ts'
import { type Caller, requirePassword, requirePermission } from './caller.ts'
import type { OwnApiContext } from './context.ts'

/** @throws forbidden */
export function requireAdmin(caller: Caller): void {
  requirePermission(caller, 'admin:users')
  requirePassword(caller)
}

/** Who else there is: whoever administers them may know, and whoever may only look. @throws forbidden */
export function requireReader(caller: Caller): void {
  if (!mayPrincipal(caller.principal, 'admin:users')) requirePermission(caller, 'users:read')
  requirePassword(caller)
}

/** Whoever may give a role may act on those who have it. @throws forbidden */
export function requireRank({ roles }: OwnApiContext, { principal }: Caller, role: RoleName): void {
  if (!mayGive(principal.permissions, roles().permissionsOf(role))) throw new GatehouseError('forbidden')
}

/** @throws bad_input */
export function requireExistingRole({ roles }: OwnApiContext, role: RoleName): void {
  if (roles().has(role)) return
  throw new GatehouseError('bad_input', {
    message: `There is no role ${role}. Choose one of ${roles().names.join(', ')}.`,
  })
}

/** @throws not_found, forbidden */
export async function getTarget(context: OwnApiContext, caller: Caller, name: string): Promise<Member> {
  requireAdmin(caller)
  const canonical = canonicalUserName(name)
  const member = canonical === undefined ? undefined : await context.store.users.findByName(canonical)
  if (member === undefined) throw new GatehouseError('not_found')
  if (member.id !== caller.principal.userId) requireRank(context, caller, member.role)
  return member
}

/** Whoever joins a tenant sees its files: those of an owner or administrator are not a lesser one's to open. @throws forbidden */
export async function refuseForeignTenant(context: OwnApiContext, caller: Caller, tenantId: TenantId): Promise<void> {
  const members = await context.store.tenants.members(tenantId)
  for (const member of members) if (member.id !== caller.principal.userId) requireRank(context, caller, member.role)
}

/** The person whose keys or sessions are meant: the caller, or whom an administrator names. @throws not_found, forbidden */
export async function findSubject(context: OwnApiContext, caller: Caller, name: string | undefined) {
  if (name === undefined) return caller.principal.userId
  if (canonicalUserName(name) === caller.principal.userName) return caller.principal.userId
  return (await getTarget(context, caller, name)).id
}

/** Whether the caller may end something of this person's; a stranger's is as if it did not exist. */
export async function mayEnd(context: OwnApiContext, caller: Caller, userId: Member['id']): Promise<boolean> {
  if (userId === caller.principal.userId) return true
  const member = caller.proof === 'person' ? await context.store.users.findById(userId) : undefined
  if (member === undefined) return false
  return mayGive(caller.principal.permissions, context.roles().permissionsOf(member.role))
}
