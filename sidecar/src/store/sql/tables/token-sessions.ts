/** How is what a session of a program adds to a session kept? */
import type { SessionHash } from '@gatehouse/shared/ids'

export interface TokenSessionTables {
  token_sessions: {
    session_hash: SessionHash
    refresh_hash: string
    access_until_ms: number
    /** JSON lists; null is no limit. */
    scopes: string | null
    addresses: string | null
    workflow: string | null
  }
}
