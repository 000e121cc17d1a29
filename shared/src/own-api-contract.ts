/** What do the requests and answers that every part of `/gatehouse/api/v1/...` shares look like? Shapes only; both sides import them. */
import type { Permission, RoleName } from './roles.ts'

export const apiBase = '/gatehouse/api/v1'

/** `POST /login` (alias `POST /api/auth/login`): a name and a password, or an API key. */
export interface LoginRequest {
  readonly username?: string
  readonly password?: string
  /** Of an app, or a recovery code, where a second factor is asked for. */
  readonly code?: string
  /** In place of the code; with neither name nor password, in place of those as well. */
  readonly passkey?: object
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
  /** Who really sits there: an administrator who acts in this person's place (`POST /users/:name/impersonate`). */
  readonly impersonator?: string
  /** True where the role needs a second factor and none was proven: only `/factors`, `/elevate` and `/logout` answer then. */
  readonly needsFactor?: boolean
  /** Nobody signed in: a stranger who is taken for this account. */
  readonly guest?: true
  /** What becomes of unfinished jobs of this session when its person signs out; absent where they go on. */
  readonly jobsAtLogout?: 'cancel' | 'cancel_waiting'
  /** CSRF token of this session; absent when a credential other than the cookie was used. */
  readonly csrf?: string
}

/** `POST /logout`, where somebody else vouched for the person: their session there ends at that address. Else 204. */
export interface LogoutAnswer {
  readonly next: string
}

/** `GET /login-options`: what the login page offers beside a password and a key; known to everybody. */
export interface LoginOptions {
  /** Whether anybody may ask for an account. */
  readonly registration: boolean
  /** Their buttons lead to `/gatehouse/api/v1/oidc/NAME/login?next=PATH`. */
  readonly providers: readonly { readonly name: string; readonly label: string }[]
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

/** `POST /password`: the own one; ends every other session. Answers `Me`. */
export interface ChangePasswordRequest {
  readonly current: string
  readonly password: string
}

/** Error body of the own API. */
export interface ApiError {
  readonly error: {
    readonly type: string
    readonly message: string
    readonly details: string
    readonly requestId: string
    /** With `second_factor_needed`: the kinds that the person has, `totp` or `passkey`. */
    readonly factors?: readonly string[]
  }
}
