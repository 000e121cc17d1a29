/** What does the ledger keep about files? The interface; `sql/files.ts` keeps them. */
import type { JobId, TenantId } from '@gatehouse/shared/ids'

export interface StoredFile {
  readonly root: 'input' | 'output'
  readonly subfolder: string
  readonly filename: string
}

export interface TempClaim {
  readonly tenantId: TenantId
  readonly jobId: JobId
  readonly upstreamName: string
  readonly ownName: string
  readonly atMs: number
}

export interface FileStore {
  record(tenantId: TenantId, files: readonly StoredFile[], seenAtMs: number): Promise<void>
  /** These no longer exist. */
  forget(tenantId: TenantId, files: readonly StoredFile[]): Promise<void>
  /** Newest first. */
  list(tenantId: TenantId, root: 'input' | 'output'): Promise<readonly StoredFile[]>
  /** The first claim of an upstream name wins. */
  claimTemp(claims: readonly TempClaim[]): Promise<void>
  /** Own name by upstream name, for those names that are this tenant's. */
  ownTempNames(tenantId: TenantId, upstreamNames: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Every temp file that was ever this tenant's since ComfyUI started. */
  upstreamTempNames(tenantId: TenantId): Promise<readonly string[]>
  upstreamTempName(tenantId: TenantId, ownName: string): Promise<string | undefined>
  /** ComfyUI empties its temp folder when it starts, and uses the names again. */
  dropTempClaims(): Promise<void>
}
