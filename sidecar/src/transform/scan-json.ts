/** Where do the lists, objects and odd numbers of a JSON text begin and end, and how deep does it nest? One pass, without parsing. */
import { runAtOnce, type Stages } from './in-turns.ts'

/** A number whose text differs from what JSON.stringify would print, or no number at all. */
export interface NumberSpan {
  readonly start: number
  readonly end: number
  /** Otherwise Python's NaN, Infinity or -Infinity. */
  readonly isNumber: boolean
}

/** Hears of a text in its order. True: much was done, others may have a turn. */
export interface ScanListener {
  opened(at: number): void
  /** As many as were opened, at most. */
  closed(at: number): boolean
  comma(at: number): boolean
  odd(span: NumberSpan): void
}

const quote = 0x22
const backslash = 0x5c
const minus = 0x2d
const colon = 0x3a
const comma = 0x2c
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const notNumber = /(?:NaN|-?Infinity)(?![\w.+-])/y
/** Python reads integers of at most 4,300 digits (sys.int_info): ComfyUI never has longer numbers. */
export const longestNumber = 4_300
// The longest that String prints of a double has 24 characters.
const longestPrinted = 24

/** Characters and tokens between two pauses: about a millisecond. */
const stage = 16_384

const nobody: ScanListener = { opened: () => undefined, closed: () => false, comma: () => false, odd: () => undefined }

/** Whether lists and objects stand at most `depth` deep inside each other, none ended before it began. Does not validate. */
export function nestsWithin(text: string, depth: number): boolean {
  return runAtOnce(scanStages(text, depth, nobody))
}

/** The same, with pauses, and told to a listener. */
export function* scanStages(text: string, depth: number, listener: ScanListener): Stages<boolean> {
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
      if (++level > depth) return false
      listener.opened(at++)
    } else if (code === 0x7d || code === 0x5d) {
      if (--level < 0) return false
      if (listener.closed(at++)) yield
    } else if (code === comma) {
      if (listener.comma(at++)) yield
    } else if (code === minus || isDigit(code) || code === 0x4e || code === 0x49) {
      at = takeToken(text, at, listener)
    } else {
      at++
    }
  }
  return true
}

/** Whether an odd number of backslashes stands before `end`, counted back to `start`. */
function isEscaped(text: string, end: number, start: number): boolean {
  let first = end
  while (first > start && text.charCodeAt(first - 1) === backslash) first--
  return (end - first) % 2 === 1
}

function takeToken(text: string, start: number, listener: ScanListener): number {
  let end = isDigit(text.charCodeAt(start)) ? -1 : endOfNotNumber(text, start)
  if (end !== -1) {
    if (!isKey(text, end)) listener.odd({ start, end, isNumber: false })
    return end
  }
  end = start + 1
  // Of a longer one nobody needs the end.
  while (end - start <= longestNumber && isNumberPart(text.charCodeAt(end))) end++
  if (changes(text, start, end) && !isKey(text, end)) listener.odd({ start, end, isNumber: true })
  return end
}

function endOfNotNumber(text: string, start: number): number {
  notNumber.lastIndex = start
  return notNumber.test(text) ? notNumber.lastIndex : -1
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isNumberPart(code: number): boolean {
  // 0-9 . + - e E
  return isDigit(code) || code === 0x2e || code === 0x2b || code === minus || code === 0x65 || code === 0x45
}

// Plain integers of up to 15 digits are exact and print as they are written, and they are nearly all numbers there are.
function changes(text: string, start: number, end: number): boolean {
  if (end - start <= 15 && isPlainInteger(text, start, end)) return false
  if (end - start > longestNumber) return true
  const token = text.slice(start, end)
  return jsonNumber.test(token) && (token.length > longestPrinted || String(Number(token)) !== token)
}

function isPlainInteger(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (!isDigit(text.charCodeAt(at))) return false
  }
  return true
}

// A number in the place of a key is not JSON; it must stay as it is, so that the parser refuses it.
function isKey(text: string, end: number): boolean {
  let at = end
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++
  return text.charCodeAt(at) === colon
}
