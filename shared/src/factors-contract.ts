/** What do requests and answers about second factors look like? Shapes only; both sides import them. */
import type { Me } from './own-api-contract.ts'

/** `GET /factors`: the own second factors, and the recovery codes that are left. */
export interface FactorList {
  readonly factors: readonly FactorSummary[]
  readonly recoveryCodes: number
  /** Whether the role needs one. */
  readonly required: boolean
  /** Whether browsers make passkeys for this address. */
  readonly passkeys: boolean
}

/** `DELETE /factors/:id` removes one; `DELETE /users/:name/factors` all of somebody's, for `admin:users`. */
export interface FactorSummary {
  readonly id: string
  readonly kind: 'totp' | 'passkey'
  readonly label: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly lastUsedAt: string | null
}

/** `POST /factors/totp`: a key for an app. `POST /factors/totp/confirm` adds it, given its first code. */
export interface CodeKey {
  /** Base32. */
  readonly key: string
  /** What a QR code holds. */
  readonly uri: string
}

export interface ConfirmCodeRequest {
  readonly code: string
  readonly label?: string
}

/** Answer of `POST /factors/totp/confirm` and `POST /factors/passkey`. */
export interface FactorAdded {
  readonly factor: FactorSummary
  /** Shown once; empty where it was not the first factor. */
  readonly recoveryCodes: readonly string[]
  /** Of the session under its new id; absent when a credential other than the cookie was used. */
  readonly me?: Me
}

/** `POST /factors/recovery-codes`: ten new ones in place of all others, shown once. */
export interface RecoveryCodes {
  readonly recoveryCodes: readonly string[]
}

/** `POST /elevate`: who has a second factor proves that, who has none the password. Answers `Me`, of a session under a new id. */
export interface ElevateRequest {
  readonly password?: string
  /** Of an app, or a recovery code. */
  readonly code?: string
  /** What the browser gave for the options of `POST /passkey/options`. */
  readonly passkey?: object
}

/** `POST /passkey/options`: `login` for a passkey alone, `confirm` for one beside a password or a session. */
export interface PasskeyOptionsRequest {
  readonly purpose?: 'login' | 'confirm'
}
