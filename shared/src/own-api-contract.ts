/** What do `/gatehouse/api/v1/…` requests and answers look like? Shapes only; both sides import them. */
import type { Permission, RoleName } from './roles.ts'

export const apiBase = '/gatehouse/api/v1'

/** `POST /login` (alias `POST /api/auth/login`): a name and a password, or an API key. */
export interface LoginRequest {
  readonly username?: string
  readonly password?: string
  readonly apiKey?: string
  readonly remember?: boolean
}
/** Answer of login, set-up and `GET /me`. */
export interface Me {
  readonly user: string
  readonly role: RoleName
  readonly tenant: string
  readonly permissions: readonly Permission[]
  /** Opaque reference that binds a page to this person. */
  readonly page: string
  /** CSRF token of this session; absent when a credential other than the cookie was used. */
  readonly csrf?: string
}
/** `GET /setup`: whether the first owner is still missing. */
export interface SetupState {
  readonly needed: boolean
}
/** `POST /setup`: creates the owner; needs the one-time token from the console. */
export interface SetupRequest {
  readonly token: string
  readonly username: string
  readonly password: string
}
export interface ApiKeySummary {
  readonly id: string
  readonly label: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
}
/** `POST /keys`: the only answer that ever holds the whole key. */
export interface ApiKeyCreated extends ApiKeySummary {
  readonly key: string
}
export interface SessionSummary {
  readonly id: string
  readonly createdAt: string
  readonly lastSeenAt: string
  readonly expiresAt: string
  readonly current: boolean
  readonly userAgent: string
}
/** `GET /queue`: own place in the shared queue. */
export interface QueuePosition {
  readonly pending: number
  readonly running: number
  /** Jobs that run before the first own pending one; 0 when next, null when none is pending. */
  readonly ahead: number | null
}
/** Error body of the own API. */
export interface ApiError {
  readonly error: {
    readonly type: string
    readonly message: string
    readonly details: string
    readonly requestId: string
  }
}
