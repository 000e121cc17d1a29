/** Does somebody's password need a second proof? The port behind which every second factor stands. */
import type { Member, SecondFactorKind } from '../store/store.ts'

export interface SecondFactor {
  /** Which factor was proven; null where none is asked of this person. @throws bad_credentials, too_many_attempts, and the refusal that asks for a code */
  check(member: Member, code: string | undefined, clientAddress: string): Promise<SecondFactorKind | null>
}

/** Where nobody has set a second factor up, none is asked for. */
export const noSecondFactor: SecondFactor = { check: async () => null }
