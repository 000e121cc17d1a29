/** Does somebody's password need a second proof? The port behind which every second factor stands. */
import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { Member, SecondFactorKind } from '../store/store.ts'
import type { PasskeySite } from './passkey-site.ts'

/** What came along with the password. */
export interface GivenFactor {
  /** Of an app, or a recovery code. */
  readonly code?: string | undefined
  readonly passkey?: GivenPasskey | undefined
}

export interface GivenPasskey {
  readonly response: AuthenticationResponseJSON
  readonly site: PasskeySite
}

export interface FactorWhence {
  readonly address: string
  /** A browser in which this person was signed in before. */
  readonly browser?: string | undefined
}

export interface SecondFactor {
  /**
   * Which factor was proven; null where none is asked of this person. For after a right password only: the refusal that
   * asks for a factor tells that it was right. @throws second_factor_needed, bad_credentials, too_many_attempts
   */
  check(member: Pick<Member, 'id'>, given: GivenFactor, whence: FactorWhence): Promise<SecondFactorKind | null>
}
