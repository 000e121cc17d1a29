/** Which bytes does a Range header ask for? One range, as aiohttp's FileResponse reads it. */

export type ByteRange =
  | { readonly kind: 'whole' }
  /** `end` is one past the last byte. */
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' }

const whole: ByteRange = { kind: 'whole' }
const unsatisfiable: ByteRange = { kind: 'unsatisfiable' }

/** aiohttp answers 416 to several ranges, other units and starts past the end (web_fileresponse.py 3.14). */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange {
  if (header === undefined) return whole
  const match = /^bytes=(\d*)-(\d*)$/.exec(header)
  if (match === null) return unsatisfiable
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return unsatisfiable
  if (first === '') return suffix(Number(last), sizeBytes)
  const start = Number(first)
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes)
  return start >= sizeBytes || start >= end ? unsatisfiable : { kind: 'part', start, end }
}

function suffix(lengthBytes: number, sizeBytes: number): ByteRange {
  if (lengthBytes === 0 || sizeBytes === 0) return unsatisfiable
  return { kind: 'part', start: Math.max(0, sizeBytes - lengthBytes), end: sizeBytes }
}
