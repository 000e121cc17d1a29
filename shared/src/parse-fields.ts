/** Which fields does an answer have? None, when it is no object. */

export type Fields = Readonly<Record<string, unknown>>

export function parseFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
