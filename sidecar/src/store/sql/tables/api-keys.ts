/** How is an API key kept? */
import type { ApiKeyId, UserId } from '@gatehouse/shared/ids'

export interface ApiKeyTables {
  api_keys: {
    id: ApiKeyId
    user_id: UserId
    label: string
    secret_hash: string
    created_at_ms: number
    expires_at_ms: number | null
    last_used_at_ms: number | null
    last_used_address: string | null
    /** JSON lists; null is no limit. */
    scopes: string | null
    addresses: string | null
    workflow: string | null
  }
}
