/** How do new people and new devices come in? Shapes of invitations, registration and device links; both sides import them. */
import type { RoleName } from './roles.ts'

/** `POST /invitations`, for `admin:users`. */
export interface CreateInvitationRequest {
  readonly role: RoleName
  /** A tenant to join, created when missing; absent: one of their own. */
  readonly tenant?: string
  /** The only name that may be chosen; absent: any. */
  readonly user?: string
  /** Whole days from now; absent: 7. */
  readonly expiresInDays?: number
}
/** `GET /invitations`: a bare array of those that can still be used. `DELETE /invitations/:id` takes one back. */
export interface InvitationSummary {
  readonly id: string
  readonly role: RoleName
  readonly tenant: string | null
  readonly user: string | null
  /** Null for the command line. */
  readonly invitedBy: string | null
  /** ISO 8601. */
  readonly createdAt: string
  readonly expiresAt: string
}
/** Answer of `POST /invitations`: the only one that ever holds the link. */
export interface InvitationCreated extends InvitationSummary {
  /** Below the origin; what opens the door is behind the `#`, which no browser sends. */
  readonly path: string
}
/** `POST /invitations/look`: what an invitation is for. */
export interface InvitationLook {
  readonly token: string
}
export interface InvitationShown {
  readonly role: RoleName
  readonly tenant: string | null
  readonly user: string | null
}
/** `POST /invitations/accept`: creates the account and signs it in. Answers `Me`. */
export interface AcceptInvitationRequest {
  readonly token: string
  readonly username: string
  readonly password: string
}
/** `POST /register`, where `auth.registration` is `approval`: 202 whether or not the name was free. */
export interface RegisterRequest {
  readonly username: string
  readonly password: string
}
/** `POST /device-links`: begins to let another device in. */
export interface DeviceLinkCreated {
  readonly id: string
  /** Below the origin; shown as a QR code. */
  readonly path: string
  /** ISO 8601, two minutes away. */
  readonly expiresAt: string
}
/** `GET /device-links/:id`: what became of it. `DELETE` ends it. */
export interface DeviceLinkState {
  readonly state: 'waiting' | 'claimed' | 'approved'
  /** Of the device that used the code; null before. */
  readonly address: string | null
  readonly userAgent: string | null
}
/** `POST /device-links/:id/approve`: 204. A wrong number ends the link. */
export interface ApproveDeviceRequest {
  /** What the other device shows. */
  readonly number: string
}
/** `POST /device-links/claim`, by the other device. */
export interface ClaimDeviceRequest {
  readonly code: string
}
export interface DeviceClaimed {
  readonly claim: string
  /** To be shown. */
  readonly number: string
}
/** `POST /device-links/redeem`, again and again: 202 while nobody has approved it, then `Me` with a session. */
export interface RedeemDeviceRequest {
  readonly claim: string
}
