/** On which workers does a tenant have jobs? The interface; `sql/job-places.ts` looks. */
import type { TenantId } from '@gatehouse/shared/ids'

export interface JobPlace {
  readonly tenantId: TenantId
  readonly worker: string
}

/** Across all workers, for deciding which jobs have to go elsewhere. */
export interface JobPlaces {
  /** Where anything waits or runs, or was being submitted. */
  active(): Promise<readonly JobPlace[]>
  /** Workers beside `home` on which something of the tenant waits or runs. */
  elsewhere(tenantId: TenantId, home: string): Promise<readonly string[]>
}
