/** What do a person's settings say on disk? The file ComfyUI's app_settings.py would write, numbers kept to the digit. */
import { readFile, rename } from 'node:fs/promises'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { GatehouseError } from '../gatehouse-error.ts'
import { isRawNumber, parseJson } from '../transform/lossless-json.ts'
import { isAbsent } from './storage-error.ts'

export type StoredSettings =
  | { readonly kind: 'absent' }
  | { readonly kind: 'settings'; readonly value: JsonObject }
  /** Somebody edited the file by hand and broke it. */
  | { readonly kind: 'corrupt' }

// One level more than a value that came in through /settings/{id} may have.
const maxDepth = 200
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
  try {
    return { kind: 'settings', value: requireSettings(bytes) }
  } catch (cause) {
    if (cause instanceof GatehouseError) return { kind: 'corrupt' }
    throw cause
  }
}

/** Keeps a broken file beside the new one; ComfyUI would overwrite it. */
export async function setCorruptAside(path: string): Promise<void> {
  await rename(path, `${path}.corrupt`)
}

/** Bytes as settings. @throws bad_json when they are anything but a JSON object */
export function requireSettings(bytes: Uint8Array): JsonObject {
  return parseSettingsObject(parseJson(decode(bytes), { depth: maxDepth }))
}

/** The text ComfyUI writes: `json.dumps(settings, indent=4)`, ASCII only. */
export function renderSettings(settings: JsonObject): Uint8Array {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return Buffer.from(JSON.stringify(settings, null, 4).replace(/[\u007f-\uffff]/g, escaped))
}

/** A parsed body as settings; ComfyUI answers 500 to anything but an object. @throws bad_json */
export function parseSettingsObject(value: Json): JsonObject {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)
  if (!isObject) throw new GatehouseError('bad_json', { message: 'Settings are one JSON object.' })
  return value as JsonObject
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw new GatehouseError('bad_json', { cause })
  }
}
