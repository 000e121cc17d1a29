/** Which entries does a list in an answer have? Those that `parse` takes; none, when it is no list. */
import { type Fields, parseFields } from '@gatehouse/shared/parse-fields'

export function parseEntries<Entry>(value: unknown, parse: (fields: Fields) => Entry | undefined): Entry[] {
  return Array.isArray(value) ? value.flatMap((entry: unknown) => parse(parseFields(entry)) ?? []) : []
}
