/** How long is a list or an object where ComfyUI prints it? Indented, many times as long as it was sent. */
import type { Json } from '@gatehouse/shared/json'
import { isArray, isObject } from '../../transform/json-shape.ts'

// ConvertArrayToString and ConvertDictionaryToString (nodes_string.py, 0.33.0) take up to 8, PreviewAny takes 4.
const mostIndent = 8
/** Of a number or a word: what is longer has been counted as a text. */
const scalarLength = 24
// Beyond this the exact figure matters to nobody, and looking on would take longer than judging the rest of the graph.
const longEnough = 8_000_000

/** At most so many characters; 0 for a number or a word, which no list of them makes long. */
export function printedLength(value: Json): number {
  if (!isArray(value) && !isObject(value)) return 0
  let length = 0
  let level: readonly Json[] = [value]
  for (let depth = 1; level.length > 0 && length < longEnough; depth += 1) {
    const next: Json[] = []
    for (const each of level) {
      const names = isObject(each) ? Object.keys(each) : []
      const entries = isArray(each) ? each : isObject(each) ? Object.values(each) : []
      length += entries.length * (mostIndent * depth + 4) + mostIndent * depth
      for (const name of names) length += name.length + 6
      for (const entry of entries) {
        if (isArray(entry) || isObject(entry)) next.push(entry)
        else length += typeof entry === 'string' ? 2 * entry.length + 2 : scalarLength
      }
      if (length >= longEnough) return length
    }
    level = next
  }
  return length
}
