/** What does the list of security events keep? The interface; `sql/audit.ts` keeps them. */
import type { TenantId, UserId } from '@gatehouse/shared/ids'
import type { Link } from './audit-chain.ts'

/** What is written down of one event; the store adds its number and, for ids, names. */
export interface NewAuditEvent {
  readonly atMs: number
  readonly kind: string
  readonly actor?: { readonly id: UserId; readonly name: string } | undefined
  /** Who acted in the actor's place. */
  readonly impersonatorId?: UserId | undefined
  readonly tenantId?: TenantId | undefined
  readonly target?: string | undefined
  readonly address?: string | undefined
  readonly method?: string | undefined
  readonly requestId?: string | undefined
  readonly detail?: Readonly<Record<string, string | number | boolean>> | undefined
}

export interface AuditRow extends Link {
  readonly atMs: number
  readonly kind: string
  readonly actorName: string | null
  readonly target: string | null
  /** Canonical JSON in ASCII, as it was hashed. */
  readonly event: string
  readonly keyId: string
  readonly seal: string
}

/** `start`: the last event that was forgotten; `head`: the last that was written. */
export type CheckpointName = 'start' | 'head'

export interface Checkpoint extends Link {
  readonly keyId: string
  readonly seal: string
}

export interface AuditQuery {
  /** Only events behind this number, oldest first, or before it, newest first. */
  readonly from: { readonly after: number } | { readonly before: number | undefined }
  readonly limit: number
  readonly sinceMs?: number | undefined
  readonly untilMs?: number | undefined
  readonly kind?: string | undefined
  /** A name that did something, or to which something was done. */
  readonly name?: string | undefined
}

export interface Prunable {
  /** Older events go. */
  readonly beforeMs: number
  /** So many stay at most; but whatever is from this moment on, or younger, is not taken for its number. */
  readonly keepCount: number
  readonly youngFromMs: number
  readonly limit: number
}

export interface AuditStore {
  /** All or none, in order; other processes append to the same chain. */
  append(events: readonly NewAuditEvent[]): Promise<readonly AuditRow[]>
  page(query: AuditQuery): Promise<readonly AuditRow[]>
  checkpoint(name: CheckpointName): Promise<Checkpoint | undefined>
  /** Forgets the oldest, at most `limit` of them, and keeps where the chain begins now. How many it forgot. */
  prune(which: Prunable): Promise<number>
  /** How far a receiver was told; undefined: never. */
  forwarded(receiver: string): Promise<number | undefined>
  setForwarded(receiver: string, seq: number): Promise<void>
}
