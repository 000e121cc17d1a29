/** What does a written event say? The shape that `store/canonical-event.ts` writes. */

export interface WrittenEvent {
  /** ISO 8601. */
  readonly at: string
  readonly kind: string
  readonly actor?: { readonly id: string; readonly name: string }
  /** The name is missing where the person was gone already. */
  readonly impersonator?: { readonly id: string; readonly name?: string }
  readonly tenant?: { readonly id: string; readonly name?: string }
  readonly target?: string
  readonly address?: string
  readonly method?: string
  readonly requestId?: string
  readonly detail?: Readonly<Record<string, string | number | boolean>>
}

/** Of a text that the store wrote. */
export function parseEvent(text: string): WrittenEvent {
  return JSON.parse(text) as WrittenEvent
}
