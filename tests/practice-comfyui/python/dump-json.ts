/** How does Python's `json.dumps` write a value? With spaces after `,` and `:`, and everything above ASCII escaped. */
import { isFloat, type PythonValue } from './values.ts'

/** `json.dumps(value)`, or `json.dumps(value, indent=indent, ensure_ascii=False)` when an indent is given. */
export function dumpPythonJson(value: PythonValue, indent?: number): string {
  return indent === undefined ? write(value) : writeIndented(value, indent, '')
}

/** `repr(value)`, as error sentences show it. */
export function pythonRepr(value: PythonValue): string {
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return stringRepr(value)
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (value instanceof Map) return `{${[...value].map(([k, v]) => `${stringRepr(k)}: ${pythonRepr(v)}`).join(', ')}}`
  if (isFloat(value) && Number.isNaN(value.float)) return 'nan'
  if (isFloat(value) && !Number.isFinite(value.float)) return value.float > 0 ? 'inf' : '-inf'
  return writeNumber(value)
}

/** `str(value)`: the text itself for strings, the repr for everything else. */
export function pythonStr(value: PythonValue): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}

function write(value: PythonValue): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return asciiString(value)
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`
  if (value instanceof Map)
    return `{${[...value].map(([key, one]) => `${asciiString(key)}: ${write(one)}`).join(', ')}}`
  return writeNumber(value)
}

function writeIndented(value: PythonValue, indent: number, margin: string): string {
  const inner = margin + ' '.repeat(indent)
  if (Array.isArray(value) && value.length > 0) {
    return `[\n${value.map((one) => inner + writeIndented(one, indent, inner)).join(',\n')}\n${margin}]`
  }
  if (value instanceof Map && value.size > 0) {
    const members = [...value].map(
      ([key, one]) => `${inner}${JSON.stringify(key)}: ${writeIndented(one, indent, inner)}`,
    )
    return `{\n${members.join(',\n')}\n${margin}}`
  }
  return typeof value === 'string' ? JSON.stringify(value) : write(value)
}

function writeNumber(value: number | bigint | { readonly float: number }): string {
  if (typeof value !== 'object') return String(value)
  const { float } = value
  if (Number.isNaN(float)) return 'NaN'
  if (!Number.isFinite(float)) return float > 0 ? 'Infinity' : '-Infinity'
  if (Object.is(float, -0)) return '-0.0'
  const size = Math.abs(float)
  // Python's repr turns to the exponent form at 1e16 and below 1e-4, with two digits at least.
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    return float.toExponential().replace(/e([-+])(\d)$/, 'e$10$2')
  }
  return Number.isInteger(float) ? `${float}.0` : String(float)
}

function asciiString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const body = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replaceAll(quote, `\\${quote}`)
  return quote + body + quote
}
