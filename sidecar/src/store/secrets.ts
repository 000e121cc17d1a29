/** Which random secrets does this instance keep? Shapes only; `sql/` keeps them. */

export type SecretPurpose = 'cookie' | 'page' | 'csrf' | 'instance'

export interface InstanceSecret {
  readonly id: string
  /** 32 random bytes, base64url. */
  readonly value: string
  readonly createdAtMs: number
}

export interface Secrets {
  /** Newest first: the first one signs, all of them verify. Minted when there is none. */
  load(purpose: SecretPurpose): Promise<readonly [InstanceSecret, ...InstanceSecret[]]>
}
