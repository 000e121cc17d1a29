/** Who was invited and has not come yet? Each invitation is good for one account. */
import type { UserId } from '@gatehouse/shared/ids'
import type { RoleName } from '@gatehouse/shared/roles'

export interface InvitationRecord {
  /** Short public name, for lists and revocation. */
  readonly id: string
  /** SHA-256 (hex) of what the link carries. */
  readonly tokenHash: string
  readonly role: RoleName
  /** Canonical; null: a tenant of their own. */
  readonly tenantName: string | null
  /** Canonical; null: the invited choose. */
  readonly userName: string | null
  /** Null for the command line. */
  readonly invitedBy: UserId | null
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export interface Invitations {
  /** Forgets those that are over. */
  add(invitation: InvitationRecord): Promise<void>
  /** Undefined when there is none, when it is used, and when it is over. */
  find(tokenHash: string): Promise<{ readonly invitation: InvitationRecord; readonly by: InvitedBy } | undefined>
  findById(id: string): Promise<InvitationRecord | undefined>
  /** That can still be used; newest first. */
  list(): Promise<readonly InvitationRecord[]>
  /** False when there was none. */
  remove(id: string): Promise<boolean>
  /** Uses it up and creates the account, both or neither. @throws bad_invitation, name_taken, tenant_taken */
  accept(tokenHash: string, acceptance: Acceptance): Promise<UserId>
}

interface Inside {
  readonly id: UserId
  readonly role: RoleName
}

/** What of whom else an invitation hangs on. */
export interface InvitedBy {
  /** Whoever invited: undefined for the command line. */
  readonly inviter: (Inside & { readonly state: 'active' | 'disabled' | 'pending' }) | undefined
  /** Who is in the tenant that it leads to. */
  readonly inside: readonly Inside[]
}

export interface Acceptance {
  readonly account: { readonly name: string; readonly passwordHash: string }
  /** Asked in the transaction that uses it up: nobody can take a right away in between. */
  readonly isStillMeant: (invitation: InvitationRecord, by: InvitedBy) => boolean
}
