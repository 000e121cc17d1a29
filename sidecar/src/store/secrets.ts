/** Which random secrets does this instance keep? Shapes only; `sql/` keeps them. */

/** Every purpose that can be rotated, with the sentence the command line prints. */
export const rotatedSecrets = {
  cookie: 'signs session cookies',
  page: 'binds open pages to their person',
  csrf: 'binds forms to their session',
  'session-token': 'signs the tokens of programs',
  audit: 'seals the list of security events',
} as const

export type RotatedSecret = keyof typeof rotatedSecrets

/** `instance` names this installation and salts what it stores: another one would be another installation. */
export type SecretPurpose = RotatedSecret | 'instance'

export interface InstanceSecret {
  readonly id: string
  /** 32 random bytes, base64url. */
  readonly value: string
  readonly createdAtMs: number
  /** Until when it still proves something; null: the newest, or for ever. */
  readonly expiresAtMs: number | null
}

/** Newest first: the first one signs, all of them verify. */
export type SecretKeys = readonly [InstanceSecret, ...InstanceSecret[]]

/** What may be told of a secret. */
export type SecretSummary = Omit<InstanceSecret, 'value'> & { readonly purpose: SecretPurpose }

export interface Secrets {
  /** Those that still prove something. Minted when there is none. */
  load(purpose: SecretPurpose): Promise<SecretKeys>
  /** A new one signs from now on; those before it go on for `overlapMs`, and go at once when that is 0. Seals of the audit never expire. */
  rotate(purpose: RotatedSecret, overlapMs: number): Promise<SecretSummary>
  list(): Promise<readonly SecretSummary[]>
}
