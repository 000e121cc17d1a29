/** Which tickets are waiting to be used? Each stands for a credential for a minute, and for one purpose. */
import type { UserId } from '@gatehouse/shared/ids'
import type { IdentityMethod } from '@gatehouse/shared/principal'
import type { Permission } from '@gatehouse/shared/roles'

export type TicketPurpose = 'websocket' | 'view'

export interface TicketRecord {
  /** SHA-256 (hex) of the ticket. */
  readonly hash: string
  readonly userId: UserId
  readonly purpose: TicketPurpose
  /** The one address it opens, canonical; null for a WebSocket. */
  readonly target: string | null
  /** What its owner was proven by, whose end is its end. */
  readonly method: IdentityMethod
  readonly credentialId: string
  readonly provenAtMs: number
  /** When the credential behind it ends by itself; null where that is watched elsewhere. */
  readonly endsAtMs: number | null
  readonly impersonatorId: UserId | null
  readonly scopes: readonly Permission[] | null
  readonly workflow: string | null
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export interface Tickets {
  /** Forgets those that are over. @throws too_many_requests when one person has too many waiting */
  add(ticket: TicketRecord): Promise<void>
  find(hash: string): Promise<TicketRecord | undefined>
  /** Of several who use it at once, exactly one is told true. */
  use(hash: string): Promise<boolean>
}
