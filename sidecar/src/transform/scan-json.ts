/** Which numbers of a JSON text would JavaScript change, and how deep does it nest? One pass, without parsing. */

export interface NumberSpan {
  readonly start: number
  readonly end: number
}

export interface JsonScan {
  /** Numbers whose text differs from what JSON.stringify would print. */
  readonly numbers: readonly NumberSpan[]
  /** Python's NaN, Infinity and -Infinity. */
  readonly notNumbers: readonly NumberSpan[]
}

const quote = 0x22
const backslash = 0x5c
const minus = 0x2d
const colon = 0x3a
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const notNumber = /(?:NaN|-?Infinity)(?![\w.+-])/y

/** What needs care in `text`; undefined when it nests deeper than `depth` or is unbalanced. Does not validate. */
export function scanJson(text: string, depth: number): JsonScan | undefined {
  const numbers: NumberSpan[] = []
  const notNumbers: NumberSpan[] = []
  let level = 0
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = endOfString(text, at)
    } else if (code === 0x7b || code === 0x5b) {
      if (++level > depth) return undefined
      at++
    } else if (code === 0x7d || code === 0x5d) {
      if (--level < 0) return undefined
      at++
    } else if (code === minus || (code >= 0x30 && code <= 0x39) || code === 0x4e || code === 0x49) {
      at = takeToken(text, at, numbers, notNumbers)
    } else {
      at++
    }
  }
  return { numbers, notNumbers }
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return end + 1
    end = text.indexOf('"', end + 1)
  }
  return text.length
}

function takeToken(text: string, start: number, numbers: NumberSpan[], notNumbers: NumberSpan[]): number {
  notNumber.lastIndex = start
  if (notNumber.test(text)) {
    const end = notNumber.lastIndex
    if (!isKey(text, end)) notNumbers.push({ start, end })
    return end
  }
  let end = start + 1
  while (end < text.length && isNumberPart(text.charCodeAt(end))) end++
  if (changes(text, start, end) && !isKey(text, end)) numbers.push({ start, end })
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
  return jsonNumber.test(token) && String(Number(token)) !== token
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
