/** Which devices are about to be let in by somebody who is signed in? */
import type { SessionHash, UserId } from '@gatehouse/shared/ids'

export interface DeviceLinkRecord {
  readonly id: string
  /** The session that vouches; its end ends the link. */
  readonly sessionHash: SessionHash
  readonly userId: UserId
  /** What the other device shows; null until one has used the code. */
  readonly number: string | null
  readonly address: string | null
  readonly userAgent: string | null
  readonly isApproved: boolean
  readonly expiresAtMs: number
}

export interface NewDeviceLink extends Pick<DeviceLinkRecord, 'id' | 'sessionHash' | 'userId' | 'expiresAtMs'> {
  /** SHA-256 (hex) of what the QR code carries. */
  readonly codeHash: string
}

export interface DeviceClaim extends Pick<DeviceLinkRecord, 'id'> {
  /** SHA-256 (hex) of what the other device keeps. */
  readonly claimHash: string
  readonly number: string
  readonly address: string
  readonly userAgent: string
}

export interface DeviceLinks {
  /** In place of any other of the same session. */
  add(link: NewDeviceLink): Promise<void>
  findById(id: string): Promise<DeviceLinkRecord | undefined>
  findByCode(codeHash: string): Promise<DeviceLinkRecord | undefined>
  findByClaim(claimHash: string): Promise<DeviceLinkRecord | undefined>
  /** Of several devices that use a code at once, exactly one is told true. */
  claim(claim: DeviceClaim): Promise<boolean>
  /** False when it is gone, or nobody has claimed it. */
  approve(id: string): Promise<boolean>
  /** Of several that end it at once, exactly one is told true. */
  remove(id: string): Promise<boolean>
}
