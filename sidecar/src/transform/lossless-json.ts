/** How does JSON pass through without losing a digit? Parsing and printing that keep every number's source text. */
import { randomBytes } from 'node:crypto'
import type { Json, RawNumber } from '@gatehouse/shared/json'
import { GatehouseError } from '../gatehouse-error.ts'
import { runAtOnce, runInTurns, type Stages } from './in-turns.ts'
import { type JsonScan, scanStages } from './scan-json.ts'

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

// Marks the place of a number that JSON.parse would change: 96 bits that never leave the process, and a text that
// contains them is refused, so nobody can forge one. Short and without escapes, because parsing has no pauses.
const mark = randomBytes(12).toString('base64url')

/** Numbers or values between two pauses: about a millisecond. */
const stage = 4_096

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
  const scan = yield* scanStages(text, depth)
  if (scan === undefined) throw new GatehouseError('bad_json', { detail: 'unbalanced, or nested too deeply' })
  if (scan.hasNotNumbers && notANumber === 'refuse') throw new GatehouseError('bad_json', { detail: 'NaN or Infinity' })
  yield
  if (scan.spans.length === 0) {
    const value = parseStrict(text)
    yield
    return value
  }
  if (text.includes(mark)) throw new GatehouseError('bad_json', { detail: 'contains the mark of this process' })
  const { marked, raw } = yield* withMarks(text, scan)
  yield
  const value = parseStrict(marked)
  yield
  return raw.length === 0 ? value : yield* unmark(value, raw)
}

function parseStrict(text: string): Parsed {
  try {
    const value: Parsed = JSON.parse(text)
    return value
  } catch (cause) {
    throw new GatehouseError('bad_json', { cause })
  }
}

function* withMarks(
  text: string,
  { spans }: JsonScan,
): Stages<{ readonly marked: string; readonly raw: readonly RawNumber[] }> {
  const raw: RawNumber[] = []
  let [marked, copied, steps] = ['', 0, 0]
  for (const { start, end, isNumber } of spans) {
    if (++steps % stage === 0) yield
    const before = text.slice(copied, start)
    copied = end
    if (isNumber) {
      marked += `${before}"${mark}${raw.length}"`
      raw.push(JSON.rawJSON(text.slice(start, end)))
    } else {
      marked += `${before}null`
    }
  }
  return { marked: marked + text.slice(copied), raw }
}

/** Puts the numbers back, without recursion, so that it can pause anywhere. */
function* unmark(value: Parsed, raw: readonly RawNumber[]): Stages<Parsed> {
  const numberOr = (text: string): Parsed =>
    text.startsWith(mark) ? (raw[Number(text.slice(mark.length))] ?? null) : text
  const waiting: Parsed[] = []
  const replaced = (member: Parsed): Parsed => {
    if (typeof member === 'string') return numberOr(member)
    if (typeof member === 'object' && member !== null) waiting.push(member)
    return member
  }
  let steps = 0
  const root = replaced(value)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (Array.isArray(next)) {
      for (let index = 0; index < next.length; index++) {
        if (++steps % stage === 0) yield
        next[index] = replaced(next[index] ?? null)
      }
    } else if (typeof next === 'object' && next !== null && !JSON.isRawJSON(next)) {
      for (const key of Object.keys(next)) {
        if (++steps % stage === 0) yield
        const member = next[key]
        // Every key is an own property, `__proto__` included, so that this assignment never reaches a prototype.
        if (typeof member === 'string' || typeof member === 'object') next[key] = replaced(member)
      }
    }
  }
  return root
}
