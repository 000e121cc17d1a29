/** How is a session kept? */
import type { ApiKeyId, SessionHash, UserId } from '@gatehouse/shared/ids'

export interface SessionTables {
  sessions: {
    hash: SessionHash
    id: string
    user_id: UserId
    created_at_ms: number
    last_seen_at_ms: number
    expires_at_ms: number
    remember: number
    address: string
    user_agent: string
    api_key_id: ApiKeyId | null
  }
}
