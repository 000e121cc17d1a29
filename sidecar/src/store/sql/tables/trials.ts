/** How is it kept who exists for a trial only? */
import type { TenantId, UserId } from '@gatehouse/shared/ids'

export interface TrialTables {
  trials: {
    user_id: UserId
    tenant_id: TenantId
    worker: string
  }
}
