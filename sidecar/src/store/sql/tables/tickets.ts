/** How is a ticket kept? */
import type { UserId } from '@gatehouse/shared/ids'
import type { IdentityMethod } from '@gatehouse/shared/principal'
import type { TicketPurpose } from '../../tickets.ts'

export interface TicketTables {
  tickets: {
    hash: string
    user_id: UserId
    purpose: TicketPurpose
    target: string | null
    method: IdentityMethod
    credential_id: string
    proven_at_ms: number
    ends_at_ms: number | null
    impersonator_id: UserId | null
    /** A JSON list; null is no limit. */
    scopes: string | null
    workflow: string | null
    created_at_ms: number
    expires_at_ms: number
  }
}
