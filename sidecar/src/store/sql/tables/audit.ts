/** How are security events kept? */
import type { CheckpointName } from '../../audit-store.ts'

export interface AuditTables {
  audit_events: {
    /** Without gaps. */
    seq: number
    at_ms: number
    kind: string
    actor_name: string | null
    target: string | null
    /** Canonical JSON: what is hashed. The columns before it repeat parts of it, for looking things up. */
    event: string
    hash: string
    key_id: string
    seal: string
  }
  audit_checkpoints: {
    name: CheckpointName
    seq: number
    hash: string
    key_id: string
    seal: string
  }
  /** How far others were told. */
  audit_forwards: {
    name: string
    seq: number
  }
}
