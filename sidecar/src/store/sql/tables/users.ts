/** How is a person kept? */
import type { TenantId, UserId } from '@gatehouse/shared/ids'
import type { UserKind, UserState } from '../../store.ts'

export interface UserTables {
  users: {
    id: UserId
    name: string
    tenant_id: TenantId
    /** A `RoleName`; checked on every read, so that a damaged row opens nothing. */
    role: string
    state: UserState
    kind: UserKind
    password_hash: string | null
    created_at_ms: number
  }
}
