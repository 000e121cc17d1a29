/** What does a written event say? The shape that `store/canonical-event.ts` writes, and that is shown with its number. */
import type { AuditEvent } from '@gatehouse/shared/audit-contract'

export type WrittenEvent = Omit<AuditEvent, 'number'>

/** Of a text that the store wrote. */
export function parseEvent(text: string): WrittenEvent {
  return JSON.parse(text) as WrittenEvent
}
