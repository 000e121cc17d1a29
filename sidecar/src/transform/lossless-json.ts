/** How does JSON pass through without losing a digit? Parsing and printing that keep every number's source text. */
import { randomUUID } from 'node:crypto'
import type { Json, RawNumber } from '@gatehouse/shared/json'
import { GatehouseError } from '../gatehouse-error.ts'
import { runAtOnce, runInTurns, type Stages } from './in-turns.ts'
import { type NumberSpan, scanJson } from './scan-json.ts'

declare global {
  // ECMAScript "JSON.parse source text access" (Node 24), which es2024 does not declare yet.
  interface JSON {
    rawJSON(text: string): RawNumber
    isRawJSON(value: unknown): value is RawNumber
  }
}

type Parsed = null | boolean | number | string | RawNumber | Parsed[] | { [key: string]: Parsed }

export interface ParseOptions {
  /** Deepest nesting of arrays and objects. */
  readonly depth?: number
}

const defaultDepth = 100
const upstreamDepth = 1_000

// Marks the place of a number that JSON.parse would change. Never leaves the process, and a text that contains it
// is refused, so nobody can forge one.
const mark = `\u0001${randomUUID()}:`
const markInText = JSON.stringify(mark).slice(1, -1)

/** JSON from a client, numbers lossless. @throws bad_json */
export function parseJson(text: string, options: ParseOptions = {}): Json {
  const depth = options.depth ?? defaultDepth
  return parseText(text, depth, 'refuse')
}

/** The same for a large body, with pauses in which other requests are served. @throws bad_json */
export function parseJsonInTurns(text: string, options: ParseOptions = {}): Promise<Json> {
  return runInTurns(parseStages(text, options.depth ?? defaultDepth, 'refuse'))
}

/** JSON from ComfyUI: as `parseJson`, but Python's NaN and Infinity become null (ComfyUI issue 6915). @throws comfyui_down */
export function parseUpstreamJson(text: string, options: ParseOptions = {}): Json {
  try {
    return parseText(text, options.depth ?? upstreamDepth, 'null')
  } catch (cause) {
    throw brokenUpstream(cause)
  }
}

/** The same for a large answer, with pauses in which other requests are served. @throws comfyui_down */
export async function parseUpstreamJsonInTurns(text: string): Promise<Json> {
  try {
    return await runInTurns(parseStages(text, upstreamDepth, 'null'))
  } catch (cause) {
    throw brokenUpstream(cause)
  }
}

/** No fault of the client's, who would be told so by `bad_json`. */
function brokenUpstream(cause: unknown): GatehouseError {
  return new GatehouseError('comfyui_down', { cause, detail: 'ComfyUI answered with broken JSON' })
}

/** One line of JSON; raw numbers are printed as they were read. */
export function stringifyJson(value: Json): string {
  return JSON.stringify(value)
}

/** Whether a value is a number kept as source text. */
export function isRawNumber(value: Json): value is RawNumber {
  return JSON.isRawJSON(value)
}

/** The number nearest to a JSON number; undefined for everything that is not one. */
export function numberOf(value: Json): number | undefined {
  if (typeof value === 'number') return value
  return isRawNumber(value) ? Number(value.rawJSON) : undefined
}

function parseText(text: string, depth: number, notANumber: 'refuse' | 'null'): Json {
  return runAtOnce(parseStages(text, depth, notANumber))
}

function* parseStages(text: string, depth: number, notANumber: 'refuse' | 'null'): Stages<Json> {
  const scan = scanJson(text, depth)
  if (scan === undefined) throw new GatehouseError('bad_json', { detail: 'unbalanced, or nested too deeply' })
  if (scan.notNumbers.length > 0 && notANumber === 'refuse') {
    throw new GatehouseError('bad_json', { detail: 'NaN or Infinity' })
  }
  yield
  if (scan.numbers.length === 0 && scan.notNumbers.length === 0) {
    const value = parseStrict(text)
    yield
    return value
  }
  if (text.includes(markInText)) throw new GatehouseError('bad_json', { detail: 'contains the mark of this process' })
  const raw: RawNumber[] = []
  const marked = withMarks(text, scan.numbers, scan.notNumbers, raw)
  yield
  const value = parseStrict(marked)
  yield
  return raw.length === 0 ? value : unmark(value, raw)
}

function parseStrict(text: string): Parsed {
  try {
    const value: Parsed = JSON.parse(text)
    return value
  } catch (cause) {
    throw new GatehouseError('bad_json', { cause })
  }
}

function withMarks(
  text: string,
  numbers: readonly NumberSpan[],
  notNumbers: readonly NumberSpan[],
  raw: RawNumber[],
): string {
  const spans = notNumbers.length === 0 ? numbers : [...numbers, ...notNumbers].sort((a, b) => a.start - b.start)
  const nulls = new Set(notNumbers)
  const parts: string[] = []
  let copied = 0
  for (const span of spans) {
    parts.push(text.slice(copied, span.start))
    copied = span.end
    if (nulls.has(span)) {
      parts.push('null')
    } else {
      parts.push(`"${markInText}${raw.length}"`)
      raw.push(JSON.rawJSON(text.slice(span.start, span.end)))
    }
  }
  parts.push(text.slice(copied))
  return parts.join('')
}

// Recursion is bounded by the depth that `scanJson` has checked.
function unmark(value: Parsed, raw: readonly RawNumber[]): Parsed {
  if (typeof value === 'string') return value.startsWith(mark) ? (raw[Number(value.slice(mark.length))] ?? null) : value
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = unmark(value[index] ?? null, raw)
    return value
  }
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value
  for (const key of Object.keys(value)) {
    const member = value[key]
    // Every key is an own property, `__proto__` included, so that this assignment never reaches a prototype.
    if (typeof member === 'string' || typeof member === 'object') value[key] = unmark(member, raw)
  }
  return value
}
