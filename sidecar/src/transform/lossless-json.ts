/** How does JSON pass through without losing a digit? Parsing and printing that keep every number's source text. */
import type { Json, RawNumber } from '@gatehouse/shared/json'
import { GatehouseError } from '../gatehouse-error.ts'
import { runAtOnce, runInTurns, type Stages } from './in-turns.ts'
import { createJsonPieces, type PiecesOptions } from './json-pieces.ts'
import { printStages } from './print-json.ts'
import { scanStages } from './scan-json.ts'

export interface ParseOptions {
  /** Deepest nesting of arrays and objects. */
  readonly depth?: number
}

const defaultDepth = 100
const upstreamDepth = 1_000

/** Ten times what the largest workflows have: of what fits into 20 MB, a client could make half a gigabyte of memory. */
const limits = { values: 2_000_000, entries: 1_000_000, members: 200_000 }

const ofClient: PiecesOptions = { notANumber: 'refuse', limits }
const ofUpstream: PiecesOptions = { notANumber: 'null' }

/** JSON from a client, numbers lossless. @throws bad_json, json_too_large */
export function parseJson(text: string, options: ParseOptions = {}): Json {
  return runAtOnce(parseStages(text, options.depth ?? defaultDepth, ofClient))
}

/** The same for a large body, with pauses in which other requests are served. @throws bad_json, json_too_large */
export function parseJsonInTurns(text: string, options: ParseOptions = {}): Promise<Json> {
  return runInTurns(parseStages(text, options.depth ?? defaultDepth, ofClient))
}

/** JSON from ComfyUI: as `parseJson`, but Python's NaN and Infinity become null (ComfyUI issue 6915). @throws comfyui_down */
export function parseUpstreamJson(text: string, options: ParseOptions = {}): Json {
  try {
    return runAtOnce(parseStages(text, options.depth ?? upstreamDepth, ofUpstream))
  } catch (cause) {
    throw brokenUpstream(cause)
  }
}

/** The same for a large answer, with pauses in which other requests are served. @throws comfyui_down */
export async function parseUpstreamJsonInTurns(text: string): Promise<Json> {
  try {
    return await runInTurns(parseStages(text, upstreamDepth, ofUpstream))
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

/** The same of a large value, with pauses in which other requests are served. */
export function stringifyJsonInTurns(value: Json): Promise<string> {
  return runInTurns(printStages(value))
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

function* parseStages(text: string, depth: number, options: PiecesOptions): Stages<Json> {
  const pieces = createJsonPieces(text, options)
  const isWithin = yield* scanStages(text, depth, pieces)
  if (!isWithin) throw new GatehouseError('bad_json', { detail: 'unbalanced, or nested too deeply' })
  const value = pieces.value()
  yield
  return value
}
