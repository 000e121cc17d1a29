/** Which values can Python's `json` hold that JavaScript would change? Integers of any size, floats, ordered dictionaries. */

/** A Python float, kept apart from an int, because `1.0` and `1` are written differently. */
export interface PythonFloat {
  readonly float: number
}
export type PythonDict = Map<string, PythonValue>
export type PythonValue = null | boolean | string | number | bigint | PythonFloat | PythonValue[] | PythonDict

/** What routes write by hand; becomes a PythonValue through `python()`. */
export type Plain =
  | null
  | boolean
  | string
  | number
  | bigint
  | PythonFloat
  | readonly Plain[]
  | PythonDict
  | { readonly [key: string]: Plain | undefined }

export function python(plain: Plain): PythonValue {
  if (plain === null || typeof plain !== 'object') return plain
  if (plain instanceof Map) return plain
  if (isPlainList(plain)) return plain.map(python)
  if (isPlainFloat(plain)) return plain
  return dict(plain)
}

/** A dictionary in the order written; keys whose value is undefined are left out. */
export function dict(plain: { readonly [key: string]: Plain | undefined }): PythonDict {
  const made: PythonDict = new Map()
  for (const [key, value] of Object.entries(plain)) if (value !== undefined) made.set(key, python(value))
  return made
}

export function isDict(value: PythonValue | undefined): value is PythonDict {
  return value instanceof Map
}

export function isFloat(value: PythonValue | undefined): value is PythonFloat {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)
}

/** The number behind an int or float; undefined for anything else. */
export function asNumber(value: PythonValue | undefined): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  return isFloat(value) ? value.float : undefined
}

/** Python's `bool(value)`. */
export function isTruthy(value: PythonValue | undefined): boolean {
  if (value === undefined || value === null) return false
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof Map) return value.size > 0
  if (isFloat(value)) return value.float !== 0
  return Boolean(value)
}

/** A link to another node's output, as `comfy_execution/graph_utils.py:is_link` sees it. */
export function isLink(value: PythonValue | undefined): value is [string, number] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && asNumber(value[1]) !== undefined
}

/** `copy.deepcopy`. */
export function deepCopy<T extends PythonValue>(value: T): T {
  return structuredClone(value)
}

function isPlainList(plain: object): plain is readonly Plain[] {
  return Array.isArray(plain)
}

function isPlainFloat(plain: object): plain is PythonFloat {
  return 'float' in plain && typeof plain.float === 'number' && Object.keys(plain).length === 1
}
