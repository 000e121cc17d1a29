/** What does the server say of a link to another device? Texts only. */
import { parseFields } from '@gatehouse/shared/parse-fields'

export interface OfferedLink {
  readonly id: string
  readonly path: string
}

/** Undefined for an answer that is no link. */
export function parseOfferedLink(value: unknown): OfferedLink | undefined {
  const [id, path] = [textAt(value, 'id'), textAt(value, 'path')]
  return id !== '' && path.startsWith('/link#') ? { id, path } : undefined
}

export function parseLinkState(value: unknown) {
  return { state: textAt(value, 'state'), address: textAt(value, 'address'), userAgent: textAt(value, 'userAgent') }
}

function textAt(value: unknown, name: string): string {
  const text = parseFields(value)[name]
  return typeof text === 'string' ? text : ''
}
