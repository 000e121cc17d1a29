/** How are invitations and links to other devices kept? */
import type { SessionHash, UserId } from '@gatehouse/shared/ids'

export interface ArrivalTables {
  invitations: {
    id: string
    token_hash: string
    role: string
    tenant_name: string | null
    user_name: string | null
    /** Null for the command line. */
    invited_by: UserId | null
    created_at_ms: number
    expires_at_ms: number
  }
  device_links: {
    id: string
    code_hash: string
    session_hash: SessionHash
    user_id: UserId
    claim_hash: string | null
    number: string | null
    address: string | null
    user_agent: string | null
    is_approved: 0 | 1
    created_at_ms: number
    expires_at_ms: number
  }
}
