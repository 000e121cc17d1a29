/** What did the client send to a queue or history route? Read as ComfyUI reads it. */
import type { Json } from '@gatehouse/shared/json'
import { GatehouseError } from '../../gatehouse-error.ts'
import { type Answer, text } from '../../policy/answer.ts'
import { isArray, isObject } from '../../transform/json-shape.ts'
import { numberOf } from '../../transform/lossless-json.ts'

/** Ids of every job a tenant can have, and room for more. */
export const listBodyLimitBytes = 1024 * 1024

/** aiohttp's answer where ComfyUI's handler raises. */
export const handlerFailed: Answer = text('500 Internal Server Error\n\nServer got itself in trouble', 500)

export interface ClearOrDelete {
  readonly clear: boolean
  readonly ids: readonly string[]
}

/** `{"clear": ..., "delete": [...]}`; undefined where ComfyUI fails. */
export function parseClearOrDelete(body: Json): ClearOrDelete | undefined {
  if (isArray(body)) return body.includes('clear') || body.includes('delete') ? undefined : { clear: false, ids: [] }
  if (!isObject(body)) return undefined
  const ids = body.delete === undefined ? [] : iterated(body.delete)
  return ids === undefined ? undefined : { clear: body.clear !== undefined && isTruthy(body.clear), ids }
}

/** Python's truth of a JSON value. */
export function isTruthy(value: Json): boolean {
  if (isArray(value)) return value.length > 0
  if (isObject(value)) return Object.keys(value).length > 0
  const number = numberOf(value)
  return number === undefined ? Boolean(value) : number !== 0
}

/** Whether reading the body failed because it is no JSON, or there is none. */
export function isBadJson(error: unknown): boolean {
  return error instanceof GatehouseError && error.code === 'bad_json'
}

function iterated(value: Json): readonly string[] | undefined {
  if (isArray(value)) return value.filter((id) => typeof id === 'string')
  if (isObject(value)) return Object.keys(value)
  return typeof value === 'string' ? [...value] : undefined
}
