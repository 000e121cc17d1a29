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
  find(tokenHash: string): Promise<InvitationRecord | undefined>
  findById(id: string): Promise<InvitationRecord | undefined>
  /** That can still be used; newest first. */
  list(): Promise<readonly InvitationRecord[]>
  /** False when there was none. */
  remove(id: string): Promise<boolean>
  /** Uses it up and creates the account, both or neither. @throws bad_invitation, name_taken, tenant_taken */
  accept(tokenHash: string, account: { readonly name: string; readonly passwordHash: string }): Promise<UserId>
}
