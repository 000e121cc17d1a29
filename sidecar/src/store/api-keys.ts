/** Which API keys exist, and to what is each limited? Only the hash of the secret half is kept. */
import type { ApiKeyId, UserId } from '@gatehouse/shared/ids'
import type { Permission } from '@gatehouse/shared/roles'

export interface ApiKeyRecord {
  readonly id: ApiKeyId
  readonly userId: UserId
  readonly label: string
  /** SHA-256 (hex) of the secret half. */
  readonly secretHash: string
  readonly createdAtMs: number
  readonly expiresAtMs: number | null
  readonly lastUsedAtMs: number | null
  readonly lastUsedAddress: string | null
  /** What it is limited to; null: whatever its owner may do. */
  readonly scopes: readonly Permission[] | null
  /** Addresses and CIDR ranges it may come from; null: any. */
  readonly addresses: readonly string[] | null
  /** The one published workflow it may run; null: any graph. */
  readonly workflow: string | null
}

type KeyLimits = Pick<ApiKeyRecord, 'scopes' | 'addresses' | 'workflow'>
export type NewApiKey = Omit<ApiKeyRecord, 'createdAtMs' | 'lastUsedAtMs' | 'lastUsedAddress' | keyof KeyLimits> &
  Partial<KeyLimits>

export interface ApiKeys {
  find(id: ApiKeyId): Promise<ApiKeyRecord | undefined>
  /** All of one person, or of everybody; newest first. */
  list(userId?: UserId): Promise<readonly ApiKeyRecord[]>
  add(key: NewApiKey): Promise<ApiKeyRecord>
  touch(id: ApiKeyId, lastUsedAtMs: number, address: string): Promise<void>
  /** Ends the sessions opened with it, too. False when there was none. */
  revoke(id: ApiKeyId): Promise<boolean>
}
