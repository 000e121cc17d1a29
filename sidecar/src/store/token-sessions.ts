/** Which sessions of programs are open, and which of their tokens count? Each is a session of `Sessions`, and ends with it. */
import type { SessionHash } from '@gatehouse/shared/ids'
import type { Permission } from '@gatehouse/shared/roles'

export interface TokenSession {
  readonly hash: SessionHash
  /** SHA-256 (hex) of the one refresh token that counts now. */
  readonly refreshHash: string
  /** When the newest access token runs out. */
  readonly accessUntilMs: number
  /** What every token of it is limited to; null: whatever the person may do. */
  readonly scopes: readonly Permission[] | null
  /** Addresses and CIDR ranges its tokens may come from; null: any. */
  readonly addresses: readonly string[] | null
  /** The one published workflow they may run; null: any graph. */
  readonly workflow: string | null
}

export type NewToken = Pick<TokenSession, 'refreshHash' | 'accessUntilMs'>

export interface TokenSessions {
  /** For a session that was added before. */
  add(token: TokenSession): Promise<void>
  /** Undefined for sessions of browsers, too. */
  find(hash: SessionHash): Promise<TokenSession | undefined>
  /** Of several who bring the same old one, exactly one is told true. */
  rotate(hash: SessionHash, from: string, to: NewToken): Promise<boolean>
  /** Those for which nobody holds an access token any more. */
  listLapsed(nowMs: number): Promise<readonly SessionHash[]>
}
