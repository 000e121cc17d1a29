/** How is it kept whom a provider no longer lets in? */
import type { UserId } from '@gatehouse/shared/ids'

export interface SuspensionTables {
  suspended_users: {
    user_id: UserId
    issuer: string
    since_ms: number
  }
}
