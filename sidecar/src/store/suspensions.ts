/** Whom does a provider no longer let in? Disabled until it does again; an administrator's own word takes its place. */
import type { UserId } from '@gatehouse/shared/ids'

export interface Suspensions {
  /** Disables an active account, its keys and sessions with it. False when it was not active. @throws last_owner */
  suspend(userId: UserId, issuer: string): Promise<boolean>
  /** The same provider takes it back, and nothing that another or an administrator did. False when there was nothing to take back. */
  lift(userId: UserId, issuer: string): Promise<boolean>
}
