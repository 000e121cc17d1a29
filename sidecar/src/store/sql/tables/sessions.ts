/** How is a session kept? */
import type { ApiKeyId, SessionHash, UserId } from '@gatehouse/shared/ids'
import type { SecondFactorKind, SignInMethod } from '../../store.ts'

export interface SessionTables {
  sessions: {
    hash: SessionHash
    id: string
    user_id: UserId
    login: string | null
    created_at_ms: number
    last_seen_at_ms: number
    expires_at_ms: number
    remember: number
    address: string
    user_agent: string
    api_key_id: ApiKeyId | null
    method: SignInMethod
    proven_at_ms: number
    factor: SecondFactorKind | null
    issuer: string | null
    issuer_session: string | null
    impersonator_id: UserId | null
  }
}
