/** What do `int()`, `float()`, `str()` and `bool()` make of a constant, or say against it? */
import { pythonRepr, pythonStr } from '../python/dump-json.ts'
import { asNumber, isFloat, isTruthy, type PythonValue } from '../python/values.ts'

export type Coerced = { readonly value: PythonValue } | { readonly refusal: string }

export function coerceInput(type: PythonValue, value: PythonValue): Coerced {
  if (type === 'INT') return toInt(value)
  if (type === 'FLOAT') return toFloat(value)
  if (type === 'STRING') return { value: pythonStr(value) }
  if (type === 'BOOLEAN') return { value: isTruthy(value) }
  return { value }
}

function toInt(value: PythonValue): Coerced {
  if (typeof value === 'boolean') return { value: Number(value) }
  if (typeof value === 'number' || typeof value === 'bigint') return { value }
  if (isFloat(value)) {
    if (Number.isNaN(value.float)) return { refusal: 'cannot convert float NaN to integer' }
    if (!Number.isFinite(value.float)) return { refusal: 'cannot convert float infinity to integer' }
    const whole = Math.trunc(value.float)
    return { value: Number.isSafeInteger(whole) ? whole : BigInt(whole) }
  }
  if (typeof value !== 'string') return wrongKind('int', 'a string, a bytes-like object or a real number', value)
  const digits = value.trim().replace(/(?<=\d)_(?=\d)/g, '')
  if (!/^[-+]?\d+$/.test(digits)) return { refusal: `invalid literal for int() with base 10: ${pythonRepr(value)}` }
  const whole = Number(digits)
  return { value: Number.isSafeInteger(whole) ? whole : BigInt(digits.replace(/^\+/, '')) }
}

function toFloat(value: PythonValue): Coerced {
  if (typeof value === 'boolean') return { value: { float: Number(value) } }
  const known = asNumber(value)
  if (known !== undefined) return { value: { float: known } }
  if (typeof value !== 'string') return wrongKind('float', 'a string or a real number', value)
  const text = value.trim().toLowerCase()
  const special = /^([-+]?)(inf|infinity|nan)$/.exec(text)
  if (special !== null) {
    const size = special[2] === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY
    return { value: { float: special[1] === '-' ? -size : size } }
  }
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/.test(text)) {
    return { refusal: `could not convert string to float: ${pythonRepr(value)}` }
  }
  return { value: { float: Number(text) } }
}

function wrongKind(name: string, wanted: string, value: PythonValue): Coerced {
  const kind = value === null ? 'NoneType' : value instanceof Map ? 'dict' : 'list'
  return { refusal: `${name}() argument must be ${wanted}, not '${kind}'` }
}
