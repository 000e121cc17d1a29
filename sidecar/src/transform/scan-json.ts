/** Which numbers of a JSON text would JavaScript change, and how deep does it nest? One pass, without parsing. */
import { runAtOnce, type Stages } from './in-turns.ts'

interface NumberSpan {
  readonly start: number
  readonly end: number
  /** Otherwise Python's NaN, Infinity or -Infinity. */
  readonly isNumber: boolean
}

export interface JsonScan {
  /** In their order: numbers whose text differs from what JSON.stringify would print, and what is no number. */
  readonly spans: readonly NumberSpan[]
  readonly hasNotNumbers: boolean
}

const quote = 0x22
const backslash = 0x5c
const minus = 0x2d
const colon = 0x3a
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const notNumber = /(?:NaN|-?Infinity)(?![\w.+-])/y
// The longest that String prints of a double has 24 characters.
const longestPrinted = 24

/** Characters and tokens between two pauses: about a millisecond. */
const stage = 16_384

/** What needs care in `text`; undefined when it nests deeper than `depth` or is unbalanced. Does not validate. */
export function scanJson(text: string, depth: number): JsonScan | undefined {
  return runAtOnce(scanStages(text, depth))
}

/** The same, with pauses. */
export function* scanStages(text: string, depth: number): Stages<JsonScan | undefined> {
  const spans: NumberSpan[] = []
  let [level, at, steps, isInString] = [0, 0, 0, false]
  while (at < text.length) {
    if (++steps % stage === 0) yield
    const code = text.charCodeAt(at)
    if (isInString) {
      // To the next quote, which ends the string unless it is escaped.
      const end = text.indexOf('"', at)
      if (end === -1) break
      isInString = isEscaped(text, end, at)
      at = end + 1
    } else if (code === quote) {
      isInString = true
      at++
    } else if (code === 0x7b || code === 0x5b) {
      if (++level > depth) return undefined
      at++
    } else if (code === 0x7d || code === 0x5d) {
      if (--level < 0) return undefined
      at++
    } else if (code === minus || (code >= 0x30 && code <= 0x39) || code === 0x4e || code === 0x49) {
      at = takeToken(text, at, spans)
    } else {
      at++
    }
  }
  return { spans, hasNotNumbers: spans.some(({ isNumber }) => !isNumber) }
}

/** Whether an odd number of backslashes stands before `end`, counted back to `start`. */
function isEscaped(text: string, end: number, start: number): boolean {
  let first = end
  while (first > start && text.charCodeAt(first - 1) === backslash) first--
  return (end - first) % 2 === 1
}

function takeToken(text: string, start: number, spans: NumberSpan[]): number {
  notNumber.lastIndex = start
  if (notNumber.test(text)) {
    const end = notNumber.lastIndex
    if (!isKey(text, end)) spans.push({ start, end, isNumber: false })
    return end
  }
  let end = start + 1
  while (end < text.length && isNumberPart(text.charCodeAt(end))) end++
  if (changes(text, start, end) && !isKey(text, end)) spans.push({ start, end, isNumber: true })
  return end
}

function isNumberPart(code: number): boolean {
  // 0-9 . + - e E
  return (
    (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2b || code === minus || code === 0x65 || code === 0x45
  )
}

// Plain integers of up to 15 digits are exact and print as they are written, and they are nearly all numbers there are.
function changes(text: string, start: number, end: number): boolean {
  if (end - start <= 15 && isPlainInteger(text, start, end)) return false
  const token = text.slice(start, end)
  return jsonNumber.test(token) && (token.length > longestPrinted || String(Number(token)) !== token)
}

function isPlainInteger(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return false
  }
  return true
}

// A number in the place of a key is not JSON; it must stay as it is, so that the parser refuses it.
function isKey(text: string, end: number): boolean {
  let at = end
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++
  return text.charCodeAt(at) === colon
}
