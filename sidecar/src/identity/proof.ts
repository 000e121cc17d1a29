/** What is known once somebody proved who they are, or nobody did? */
import type { SessionHash } from '@gatehouse/shared/ids'
import type { Identity } from '@gatehouse/shared/principal'

export type AuthenticationResult =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'identity'
      readonly identity: Identity
      /** What stands behind it in the end; a key may not do what only its owner should. */
      readonly proof: Proof
      /** Present when the cookie alone proved it: the request then needs the cross-site checks. */
      readonly session?: { readonly hash: SessionHash }
      /** A browser or a gateway added it by itself, as it adds our own cookie: the cross-site checks apply as well. */
      readonly isAmbient?: true
      /** Where whoever vouched for the person ends a session of its own. */
      readonly logoutUrl?: string
    }

/** `person`: they themselves, with a password, a passkey or through their own gateway or provider; `key`: whatever holds it. */
export type Proof = 'person' | 'key'
export type Proven = Extract<AuthenticationResult, { readonly kind: 'identity' }>
