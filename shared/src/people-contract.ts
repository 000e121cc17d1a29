/** What do requests and answers about people, roles and their linked identities look like? Shapes only; both sides import them. */
import type { Permission, RoleName } from './roles.ts'

/** `GET /identities`: a bare array, the oldest first. `DELETE /identities/:id` unlinks one, never the last way in. */
export interface LinkedIdentitySummary {
  readonly id: string
  /** Name in the configuration; null where it is in it no more, or is no provider of a browser login. */
  readonly provider: string | null
  readonly issuer: string
  readonly subject: string
  /** ISO 8601. */
  readonly linkedAt: string
}

/** `POST /identities`: begins to link one. */
export interface LinkRequest {
  readonly provider: string
}

/** Where the browser has to go now. */
export interface LinkAnswer {
  readonly next: string
}

/** `GET /users`: a bare array, for `admin:users`. */
export interface UserSummary {
  readonly name: string
  readonly role: RoleName
  readonly tenant: string
  readonly state: 'active' | 'disabled' | 'pending'
  /** `service`: no human; it has keys and certificates, never a password or a session. */
  readonly kind: 'person' | 'service'
  readonly createdAt: string
}

/** `GET /roles`: a bare array of all there are, for whoever may ask for `GET /users`. */
export interface RoleSummary {
  readonly name: RoleName
  readonly permissions: readonly Permission[]
  /** Whether the caller may give it, and act on those who have it. */
  readonly mayGive: boolean
}

/** `POST /users`. */
export interface CreateUserRequest {
  readonly username: string
  readonly role: RoleName
  /** A tenant to join, created when missing; absent: one of their own. */
  readonly tenant?: string
  /** Absent: the user can be given keys, but cannot log in. */
  readonly password?: string
  /** `person` when absent; a service account never has a password, and stays one. */
  readonly kind?: 'person' | 'service'
}

/** `PATCH /users/:name`; `DELETE` of the same address removes the user. */
export interface ChangeUserRequest {
  readonly role?: RoleName
  readonly state?: 'active' | 'disabled'
  readonly password?: string
}
