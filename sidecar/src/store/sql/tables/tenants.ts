/** How is a tenant kept? */
import type { FolderKey, TenantId } from '@gatehouse/shared/ids'

export interface TenantTables {
  tenants: {
    id: TenantId
    name: string | null
    label: string
    folder_key: FolderKey
    created_at_ms: number
  }
}
