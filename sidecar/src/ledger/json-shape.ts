/** Which shape does this JSON have? Guards for values that others wrote. */
import type { Json, JsonNumber, JsonObject } from '@gatehouse/shared/json'

/** Whether `value` is a JSON object; a number kept as source text is none. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJson(value)
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

export function isNumber(value: Json | undefined): value is JsonNumber {
  return typeof value === 'number' || isRawJson(value)
}

/** The nearest double; undefined for what is no number. */
export function asDouble(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value
  return isRawJson(value) ? Number(rawText(value)) : undefined
}

function isRawJson(value: unknown): value is { readonly rawJSON: string } {
  return typeof value === 'object' && value !== null && 'rawJSON' in value && Object.getPrototypeOf(value) === null && Object.isFrozen(value)
}

function rawText(value: { readonly rawJSON: string }): string {
  return value.rawJSON
}
