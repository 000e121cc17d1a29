/** Which shape does this JSON have? Guards for values that others wrote. */
import type { Json, JsonNumber, JsonObject } from '@gatehouse/shared/json'
import { isRawNumber } from './lossless-json.ts'

/** Whether `value` is a JSON object; a number kept as source text is none. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

export function isNumber(value: Json | undefined): value is JsonNumber {
  return typeof value === 'number' || (value !== undefined && isRawNumber(value))
}

/** `value` when it is an object, else an empty one. */
export function objectOr(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}

/** `value` when it is an array, else an empty one. */
export function arrayOr(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : []
}

/** Every text inside `value`, keys apart. Recursion is bounded by the nesting that was let in. */
export function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value]
  if (isArray(value)) return value.flatMap(textsIn)
  return isObject(value) ? Object.values(value).flatMap(textsIn) : []
}
