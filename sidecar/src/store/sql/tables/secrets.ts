/** How are the instance's secrets kept? */
import type { SecretPurpose } from '../../secrets.ts'

export interface SecretTables {
  instance_secrets: {
    id: string
    purpose: SecretPurpose
    value: string
    created_at_ms: number
    /** Null for the newest of its purpose. */
    expires_at_ms: number | null
  }
}
