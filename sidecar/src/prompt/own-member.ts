/** What does an object itself say under a name? Never what it inherits, such as `constructor`. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isArray, isObject } from '../transform/json-shape.ts'

/** An object's own member. */
export function member(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** An own member that is a string. */
export function textMember(object: JsonObject, name: string): string | undefined {
  const value = member(object, name)
  return typeof value === 'string' ? value : undefined
}

/** Whether Python takes a value for true. */
export function isTruthy(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return false
  if (isArray(value)) return value.length > 0
  if (isObject(value)) return Object.keys(value).length > 0
  return typeof value === 'object' ? Number(value.rawJSON) !== 0 : value !== 0
}
