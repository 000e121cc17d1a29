/** What is one way to prove oneself? Tokens that somebody sends on purpose, and facts of the request itself. */
import type { IdentityMethod } from '@gatehouse/shared/principal'
import type { CredentialInput } from './credentials.ts'
import type { Proven } from './proof.ts'

/** A kind of token, whatever header or query key carried it. */
export interface TokenMethod {
  readonly name: IdentityMethod
  /** Whether the text is meant as this kind; the first that says so judges it, and its refusal is final. */
  readonly claims: (token: string) => boolean
  /** @throws unauthenticated, bad_credentials, too_many_attempts */
  readonly prove: (token: string, request: CredentialInput) => Promise<Proven>
}

/** Something else of the request: a header of a gateway, a cookie of an issuer, a client certificate, an address. */
export interface RequestMethod {
  readonly name: IdentityMethod
  /** Undefined when the request carries nothing of this kind. @throws unauthenticated, bad_credentials for what proves nothing */
  readonly prove: (request: CredentialInput) => Promise<Proven | undefined>
}

export interface IdentityMethods {
  readonly tokens: readonly TokenMethod[]
  readonly requests: readonly RequestMethod[]
  /** Asked in order, and only when nothing else proved anybody: whom a stranger is taken for. */
  readonly strangers: readonly RequestMethod[]
}

/** Several sets as one, in order. */
export function joinMethods(...sets: readonly (Partial<IdentityMethods> | undefined)[]): IdentityMethods {
  return {
    tokens: sets.flatMap((set) => set?.tokens ?? []),
    requests: sets.flatMap((set) => set?.requests ?? []),
    strangers: sets.flatMap((set) => set?.strangers ?? []),
  }
}
