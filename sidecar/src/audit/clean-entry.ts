/** What of an event may be written down? Bounded texts, without anything that looks like a credential. */
import type { NewAuditEvent } from '../store/audit-store.ts'
import type { AuditEntry } from './audit.ts'

/** Characters. */
const textLimit = 256
/** What is looked at; headers of strangers are longer, and a pattern may look from each of their letters to the end. */
const readLimit = 4_096
const detailLimitCount = 16

/** Whoever records an event leaves secrets out; this is for the day on which somebody forgets. */
export function cleanEntry(entry: AuditEntry, atMs: number): NewAuditEvent {
  return {
    atMs,
    kind: entry.kind,
    ...(entry.actor === undefined ? {} : { actor: { id: entry.actor.id, name: cleanText(entry.actor.name) } }),
    impersonatorId: entry.impersonatorId,
    tenantId: entry.tenantId,
    target: optional(entry.target),
    address: optional(entry.address),
    method: optional(entry.method),
    requestId: optional(entry.requestId),
    detail: entry.detail === undefined ? undefined : cleanDetail(entry.detail),
  }
}

function cleanDetail(detail: NonNullable<AuditEntry['detail']>): NonNullable<NewAuditEvent['detail']> {
  const members = Object.entries(detail).slice(0, detailLimitCount)
  return Object.fromEntries(
    members.map(([name, value]) => [name, typeof value === 'string' ? cleanText(value) : value]),
  )
}

function optional(text: string | undefined): string | undefined {
  return text === undefined ? undefined : cleanText(text)
}

function cleanText(text: string): string {
  const read = text.slice(0, readLimit)
  return credentials.reduce((kept, shape) => kept.replace(shape, '[redacted]'), read).slice(0, textLimit)
}

const credentials: readonly RegExp[] = [
  // Own API keys; the part between the underscores is their public id, and the rest is not.
  /(?<=gh_[A-Za-z0-9]{12}_)[A-Za-z0-9_-]+/g,
  // What is good for a session of a program, or for a minute.
  /\bgh[rt]_[A-Za-z0-9_-]+/g,
  /ghr_[A-Za-z0-9]{20,}_[A-Za-z0-9]+/g,
  // JWTs (RFC 7515 3.1), cut off or whole: the header of every one of them begins with {". Attack: a pattern that asks for
  // the dots, too, looks through the whole text again at each `eyJ` of a header that holds nothing else.
  /eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g,
  // Session cookies, as they are and as browsers send them.
  /s(?::|%3A)[\w-]{20,}\.[\w+/%=-]{20,}/gi,
  /(?<=\b(?:basic|bearer)\s)\S+/gi,
  /(?<=[?&;](?:api_key|token|ticket|password|code|secret)=)[^&;\s]+/gi,
]
