/** What does the store keep of second factors? Shapes only; `sql/` keeps them. */
import type { UserId } from '@gatehouse/shared/ids'

export type FactorKind = 'totp' | 'passkey'

export interface FactorRecord {
  /** Short public name, for lists and removal. */
  readonly id: string
  readonly userId: UserId
  readonly kind: FactorKind
  readonly label: string
  readonly createdAtMs: number
  readonly lastUsedAtMs: number | null
  /** A one-time code's key (base32), or a passkey's id, public key and flags (JSON). */
  readonly data: string
  /** The last one-time code's time step, or the passkey's signature count (0 where it has none): what comes after must be higher. */
  readonly counter: number
}

export interface SecondFactors {
  /** Confirmed ones, oldest first. */
  list(userId: UserId): Promise<readonly FactorRecord[]>
  /** The passkey of this credential id, whoever has it. */
  findPasskey(credentialId: string): Promise<FactorRecord | undefined>
  /** Ends what the password alone had proven. @throws identity_taken for a passkey that is known already */
  add(factor: Omit<FactorRecord, 'id' | 'lastUsedAtMs'> & { readonly credentialId?: string }): Promise<FactorRecord>
  /** Notes a use; false when the counter was reached before, by a replay or by another request. */
  use(id: string, counter: number, nowMs: number): Promise<boolean>
  /** False when there was none of this person. Takes the recovery codes along with the last one. */
  remove(userId: UserId, id: string): Promise<boolean>
  /** All of them and the recovery codes. How many factors there were. */
  removeAll(userId: UserId): Promise<number>
  /** Puts new recovery codes in place of all others; SHA-256 of each. */
  putRecoveryCodes(userId: UserId, hashes: readonly string[]): Promise<void>
  /** Uses a code up; false when there is none. */
  useRecoveryCode(userId: UserId, hash: string): Promise<boolean>
  /** How many are left. */
  countRecoveryCodes(userId: UserId): Promise<number>
}
