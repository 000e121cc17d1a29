/** How does Python's `json.loads` read a text? Like JSON, plus NaN and Infinity, whole integers and a depth limit. */
import type { PythonDict, PythonValue } from './values.ts'

export class JsonDecodeError extends Error {
  override readonly name = 'JSONDecodeError'
}
export class RecursionError extends Error {
  override readonly name = 'RecursionError'
}

// CPython 3.11 gives up at its recursion limit of 1000, of which the server's own frames use some.
const deepestNesting = 950
const numberPattern = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y
const spacePattern = /[ \t\n\r]*/y
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
const words: readonly (readonly [string, PythonValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', { float: Number.NaN }],
  ['Infinity', { float: Number.POSITIVE_INFINITY }],
  ['-Infinity', { float: Number.NEGATIVE_INFINITY }],
]

/** @throws JsonDecodeError, RecursionError */
export function parsePythonJson(text: string): PythonValue {
  if (text.startsWith('\ufeff')) throw new JsonDecodeError('Unexpected UTF-8 BOM (decode using utf-8-sig)')
  const cursor = { text, at: 0, depth: 0 }
  skipSpace(cursor)
  const value = readValue(cursor)
  skipSpace(cursor)
  if (cursor.at !== text.length) throw new JsonDecodeError('Extra data')
  return value
}

interface Cursor {
  readonly text: string
  at: number
  depth: number
}

function readValue(cursor: Cursor): PythonValue {
  const first = cursor.text[cursor.at]
  if (first === '"') return readString(cursor)
  if (first === '{' || first === '[') {
    cursor.depth += 1
    if (cursor.depth > deepestNesting) throw new RecursionError('maximum recursion depth exceeded')
    const value = first === '{' ? readDict(cursor) : readList(cursor)
    cursor.depth -= 1
    return value
  }
  for (const [word, value] of words) {
    if (cursor.text.startsWith(word, cursor.at)) {
      cursor.at += word.length
      return value
    }
  }
  return readNumber(cursor)
}

function readDict(cursor: Cursor): PythonDict {
  const made: PythonDict = new Map()
  cursor.at += 1
  skipSpace(cursor)
  if (take(cursor, '}')) return made
  for (;;) {
    if (cursor.text[cursor.at] !== '"') throw new JsonDecodeError('Expecting property name enclosed in double quotes')
    const key = readString(cursor)
    skipSpace(cursor)
    if (!take(cursor, ':')) throw new JsonDecodeError("Expecting ':' delimiter")
    skipSpace(cursor)
    made.set(key, readValue(cursor))
    skipSpace(cursor)
    if (take(cursor, '}')) return made
    if (!take(cursor, ',')) throw new JsonDecodeError("Expecting ',' delimiter")
    skipSpace(cursor)
  }
}

function readList(cursor: Cursor): PythonValue[] {
  const made: PythonValue[] = []
  cursor.at += 1
  skipSpace(cursor)
  if (take(cursor, ']')) return made
  for (;;) {
    made.push(readValue(cursor))
    skipSpace(cursor)
    if (take(cursor, ']')) return made
    if (!take(cursor, ',')) throw new JsonDecodeError("Expecting ',' delimiter")
    skipSpace(cursor)
  }
}

function readString(cursor: Cursor): string {
  const { text } = cursor
  let made = ''
  let from = cursor.at + 1
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === '"') {
      cursor.at = at + 1
      return made + text.slice(from, at)
    }
    if (character < ' ') throw new JsonDecodeError('Invalid control character')
    if (character === '\\') {
      made += text.slice(from, at)
      const mark = text.charAt(at + 1)
      if (mark === 'u') {
        const digits = text.slice(at + 2, at + 6)
        if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new JsonDecodeError('Invalid \\uXXXX escape')
        made += String.fromCharCode(Number.parseInt(digits, 16))
        at += 5
      } else {
        const plain = escapes[mark]
        if (plain === undefined) throw new JsonDecodeError('Invalid \\escape')
        made += plain
        at += 1
      }
      from = at + 1
    }
  }
  throw new JsonDecodeError('Unterminated string')
}

function readNumber(cursor: Cursor): PythonValue {
  numberPattern.lastIndex = cursor.at
  const match = numberPattern.exec(cursor.text)
  if (match === null) throw new JsonDecodeError('Expecting value')
  cursor.at = numberPattern.lastIndex
  if (match[1] !== undefined || match[2] !== undefined) return { float: Number(match[0]) }
  const whole = Number(match[0])
  return Number.isSafeInteger(whole) ? whole : BigInt(match[0])
}

function skipSpace(cursor: Cursor): void {
  spacePattern.lastIndex = cursor.at
  spacePattern.exec(cursor.text)
  cursor.at = spacePattern.lastIndex
}

function take(cursor: Cursor, character: string): boolean {
  if (cursor.text[cursor.at] !== character) return false
  cursor.at += 1
  return true
}
