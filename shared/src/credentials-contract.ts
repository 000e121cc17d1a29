/** What do requests and answers about keys, tokens, tickets and sessions look like? Shapes only; both sides import them. */
import type { Permission } from './roles.ts'

/** `POST /keys`. */
export interface CreateKeyRequest {
  readonly label?: string
  /** Whole days from now; absent: the key does not expire. */
  readonly expiresInDays?: number
  /** What it is limited to, of what its owner may do; absent: all of that. */
  readonly scopes?: readonly Permission[]
  /** Addresses and CIDR ranges it may come from, up to 20; absent: any. */
  readonly addresses?: readonly string[]
  /** The one published workflow it may run; absent: any graph. */
  readonly workflow?: string
}

/** `GET /keys`: a bare array. `?user=NAME` names somebody else, for `admin:users`. */
export interface ApiKeySummary {
  readonly id: string
  readonly label: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
  readonly lastUsedAddress: string | null
  /** Null where it is not limited. */
  readonly scopes: readonly Permission[] | null
  readonly addresses: readonly string[] | null
  readonly workflow: string | null
}

/** `POST /keys`: the only answer that ever holds the whole key. */
export interface ApiKeyCreated extends ApiKeySummary {
  readonly key: string
}

/** `POST /token`: a name and a password (with a code where a second factor is asked for), or an API key. */
export interface TokenRequest {
  readonly username?: string
  readonly password?: string
  readonly code?: string
  readonly apiKey?: string
  /** Permissions with blanks between them (RFC 6749 3.3); absent: what the credential may do. */
  readonly scope?: string
}

/** Answer of `POST /token` and `POST /token/refresh`, in the words of RFC 6749 5.1. */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer'
  /** Seconds. */
  readonly expires_in: number
  /** Good once: the answer to it holds the next one. */
  readonly refresh_token: string
  /** Absent where the token is not limited. */
  readonly scope?: string
}

/** `POST /token/refresh`. */
export interface RefreshRequest {
  readonly refresh_token: string
}

/** `POST /token/revoke`: an access or a refresh token; 204 for every text (RFC 7009 2.2). */
export interface RevokeRequest {
  readonly token: string
}

/** `POST /tickets`. */
export type TicketRequest =
  | { readonly purpose: 'websocket' }
  /** `target`: path and query of one picture, `/view?...` or `/api/view?...`. */
  | { readonly purpose: 'view'; readonly target: string }

export interface TicketAnswer {
  readonly ticket: string
  /** ISO 8601, a minute away. */
  readonly expiresAt: string
  /** The address with the ticket in it, below the origin. */
  readonly url: string
}

/** `POST /leaked-keys`: a text in which keys may be. For scanners, without a log-in. */
export interface LeakedKeysRequest {
  readonly text: string
}

/** How many whole, valid keys were found in it; all of them are revoked. */
export interface LeakedKeysAnswer {
  readonly revoked: number
}

/** `GET /sessions`: a bare array. `?user=NAME` as for keys. `DELETE /sessions` ends all of them, this one too. */
export interface SessionSummary {
  readonly id: string
  readonly createdAt: string
  readonly lastSeenAt: string
  readonly expiresAt: string
  readonly current: boolean
  readonly userAgent: string
  /** From where it was opened. */
  readonly address: string
  /** How: password, api-key, oidc, impersonation and so on. */
  readonly method: string
  /** The administrator who opened it in this person's place. */
  readonly impersonator?: string
}
