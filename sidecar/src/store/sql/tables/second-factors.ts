/** How are second factors kept? */
import type { UserId } from '@gatehouse/shared/ids'
import type { FactorKind } from '../../second-factors.ts'

export interface SecondFactorTables {
  second_factors: {
    id: string
    user_id: UserId
    kind: FactorKind
    label: string
    data: string
    /** Of a passkey; null for one-time codes. */
    credential_id: string | null
    counter: number
    created_at_ms: number
    last_used_at_ms: number | null
  }
  recovery_codes: { user_id: UserId; hash: string }
}
