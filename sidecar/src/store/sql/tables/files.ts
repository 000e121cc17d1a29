/** How are a tenant's files kept in mind? */
import type { JobId, TenantId } from '@gatehouse/shared/ids'
import type { Generated } from 'kysely'

export interface FileTables {
  files: {
    seq: Generated<number>
    tenant_id: TenantId
    root: 'input' | 'output'
    subfolder: string
    filename: string
    seen_at_ms: number
  }
  temp_files: {
    worker: string
    upstream_name: string
    own_name: string
    tenant_id: TenantId
    job_id: JobId
    at_ms: number
  }
}
