/** What does a row of the users table say? A damaged one is refused, so that it opens nothing. */
import type { FolderKey, TenantId, UserId } from '@gatehouse/shared/ids'
import { parseRole, type RoleName } from '@gatehouse/shared/roles'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { Member, UserKind, UserRecord, UserState } from '../store.ts'

interface UserRow {
  readonly id: UserId
  readonly name: string
  readonly tenant_id: TenantId
  readonly role: string
  readonly state: UserState
  readonly kind: UserKind
  readonly password_hash: string | null
  readonly created_at_ms: number
}

/** @throws store_unavailable for a role that does not exist */
export function parseUserRow(row: UserRow): UserRecord {
  return {
    id: row.id,
    name: row.name,
    tenantId: row.tenant_id,
    role: parseStoredRole(row.role),
    state: row.state,
    kind: row.kind,
    passwordHash: row.password_hash,
    createdAtMs: row.created_at_ms,
  }
}

export function parseMemberRow(row: UserRow & { readonly label: string; readonly folder_key: FolderKey }): Member {
  return { ...parseUserRow(row), tenant: { id: row.tenant_id, label: row.label, folderKey: row.folder_key } }
}

function parseStoredRole(text: string): RoleName {
  const role = parseRole(text)
  if (role === undefined) throw new GatehouseError('store_unavailable', { detail: 'a user has an unknown role' })
  return role
}
