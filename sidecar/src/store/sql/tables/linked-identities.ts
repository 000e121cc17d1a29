/** How is it kept who somebody is at an issuer? */
import type { UserId } from '@gatehouse/shared/ids'

export interface LinkedIdentityTables {
  linked_identities: {
    issuer: string
    subject: string
    /** Empty where the issuer names none. */
    tenant_name: string
    user_id: UserId
    created_at_ms: number
  }
}
