/** Where else may somebody's password be kept than in the store? The port for lists and directories of the operator. */
import type { Member } from '../store/store.ts'

export interface ProvenMember extends Member {
  /** Who vouched for the password, and what it calls this proof; absent for the store's own. */
  readonly issued?: { readonly issuer: string; readonly session: string | null }
  /** How a session is said to be opened; `password` when left out. */
  readonly method?: 'ldap' | 'password'
  /** Whether whoever vouched still would: asked again by what lasts. */
  readonly isStillMeant?: () => boolean
}

export interface PasswordPair {
  /** Canonical; one that nobody can have where the answer is no in any case, and the work must not tell. */
  readonly account: string
  readonly password: string
}

export interface PasswordSource {
  /** Undefined when the pair is not right there. Works as long for a name it does not know. @throws too_many_attempts */
  prove(pair: PasswordPair): Promise<ProvenMember | undefined>
}
