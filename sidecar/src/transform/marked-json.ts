/** How does one piece of JSON become a value that keeps the text of its odd numbers? Marked, parsed, unmarked. */
import { randomBytes } from 'node:crypto'
import type { RawNumber } from '@gatehouse/shared/json'
import { GatehouseError } from '../gatehouse-error.ts'
import type { NumberSpan } from './scan-json.ts'

declare global {
  // ECMAScript "JSON.parse source text access" (Node 24), which es2024 does not declare yet.
  interface JSON {
    rawJSON(text: string): RawNumber
    isRawJSON(value: unknown): value is RawNumber
  }
}

export type ParsedObject = { [key: string]: Parsed }
export type Parsed = null | boolean | number | string | RawNumber | Parsed[] | ParsedObject

// Marks the place of a number that JSON.parse would change: 96 bits that never leave the process, and a text that
// contains them is refused, so nobody can forge one. Short and without escapes, because parsing has no pauses.
const mark = randomBytes(12).toString('base64url')

/** Parses text whose odd numbers are known, with their places in it. @throws bad_json */
export function parseMarked(text: string, spans: readonly NumberSpan[]): Parsed {
  if (spans.length === 0) return parseStrict(text)
  if (text.includes(mark)) throw new GatehouseError('bad_json', { detail: 'contains the mark of this process' })
  const raw: RawNumber[] = []
  let [marked, copied] = ['', 0]
  for (const { start, end, isNumber } of spans) {
    const before = text.slice(copied, start)
    copied = end
    marked += isNumber ? `${before}"${mark}${raw.length}"` : `${before}null`
    if (isNumber) raw.push(JSON.rawJSON(text.slice(start, end)))
  }
  const value = parseStrict(marked + text.slice(copied))
  return raw.length === 0 ? value : unmark(value, raw)
}

export function parseStrict(text: string): Parsed {
  try {
    const value: Parsed = JSON.parse(text)
    return value
  } catch (cause) {
    throw new GatehouseError('bad_json', { cause })
  }
}

/** Puts the numbers back, without recursion. */
function unmark(value: Parsed, raw: readonly RawNumber[]): Parsed {
  const waiting: Parsed[] = []
  const replaced = (member: Parsed): Parsed => {
    if (typeof member === 'string' && member.startsWith(mark)) return raw[Number(member.slice(mark.length))] ?? null
    if (typeof member === 'object' && member !== null) waiting.push(member)
    return member
  }
  const root = replaced(value)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (Array.isArray(next)) {
      for (let index = 0; index < next.length; index++) next[index] = replaced(next[index] ?? null)
    } else if (typeof next === 'object' && next !== null && !JSON.isRawJSON(next)) {
      for (const key of Object.keys(next)) {
        const member = next[key]
        // Every key is an own property, `__proto__` included, so that this assignment never reaches a prototype.
        if (typeof member === 'string' || typeof member === 'object') next[key] = replaced(member)
      }
    }
  }
  return root
}
