/** How are security events shown? Shapes only; both sides import them. */

/** One security event; members that do not apply are left out. */
export interface AuditEvent {
  readonly number: number
  /** ISO 8601. */
  readonly at: string
  /** One of the kinds in docs/identity/audit.md. */
  readonly kind: string
  readonly actor?: { readonly id: string; readonly name: string }
  /** Who acted in the actor's place; the name is missing where they were gone already. */
  readonly impersonator?: { readonly id: string; readonly name?: string }
  readonly tenant?: { readonly id: string; readonly name?: string }
  readonly target?: string
  readonly address?: string
  /** How the actor was proven. */
  readonly method?: string
  readonly requestId?: string
  readonly detail?: Readonly<Record<string, string | number | boolean>>
}

/** `GET /audit`, newest first, for `admin:audit`; `kind`, `user`, `since`, `until`, `limit` up to 1000, and `before`: the `next` of the page before. */
export interface AuditPage {
  readonly events: readonly AuditEvent[]
  /** Null on the last page. */
  readonly next: number | null
}
