/** What do a person's settings say on disk? The file ComfyUI's app_settings.py would write, numbers kept to the digit. */
import { readFile, rename } from 'node:fs/promises'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { GatehouseError } from '../gatehouse-error.ts'
import { isAbsent } from './storage-error.ts'

export type StoredSettings =
  | { readonly kind: 'absent' }
  | { readonly kind: 'settings'; readonly value: JsonObject }
  /** Somebody edited the file by hand and broke it. */
  | { readonly kind: 'corrupt' }

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads a settings file. */
export async function readSettings(path: string): Promise<StoredSettings> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    if (isAbsent(cause)) return { kind: 'absent' }
    throw cause
  }
  const value = parseSettings(bytes)
  return value === undefined ? { kind: 'corrupt' } : { kind: 'settings', value }
}

/** Keeps a broken file beside the new one; ComfyUI would overwrite it. */
export async function setCorruptAside(path: string): Promise<void> {
  await rename(path, `${path}.corrupt`)
}

/** Bytes as settings. @throws bad_json when they are anything but a JSON object */
export function requireSettings(bytes: Uint8Array): JsonObject {
  const value = parseSettings(bytes)
  if (value === undefined) throw new GatehouseError('bad_json', { message: 'Settings are one JSON object.' })
  return value
}

/** The text ComfyUI writes: `json.dumps(settings, indent=4)`, ASCII only. @throws bad_json when nested too deeply */
export function renderSettings(settings: JsonObject): Uint8Array {
  try {
    const text = JSON.stringify(settings, null, 4)
    return Buffer.from(
      text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    )
  } catch (cause) {
    if (cause instanceof RangeError) throw new GatehouseError('bad_json', { cause })
    throw cause
  }
}

/** A parsed body as settings; ComfyUI answers 500 to anything but an object. @throws bad_json */
export function parseSettingsObject(value: unknown): JsonObject {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && !parseRaw().isRawJSON(value)
  if (!isObject) throw new GatehouseError('bad_json', { message: 'Settings are one JSON object.' })
  return value as JsonObject
}

function parseSettings(bytes: Uint8Array): JsonObject | undefined {
  try {
    return parseSettingsObject(JSON.parse(utf8.decode(bytes), keepDigits))
  } catch (cause) {
    // Not UTF-8, not JSON, no object, or nested beyond the stack: each of them is no settings file.
    const isExpected = [TypeError, SyntaxError, RangeError, GatehouseError].some((kind) => cause instanceof kind)
    if (isExpected) return undefined
    throw cause
  }
}

/** A reviver with JSON source text access. */
function keepDigits(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined || String(value) === context.source) return value
  return parseRaw().rawJSON(context.source)
}

interface RawJson {
  rawJSON(text: string): Json
  isRawJSON(value: unknown): boolean
}

/** Node 24 has both functions; TypeScript's es2024 library does not know them. */
function parseRaw(): RawJson {
  return JSON as unknown as RawJson
}
