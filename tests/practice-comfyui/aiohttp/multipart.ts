/** What does `await request.post()` hold? The fields of a form, in order, file names as lenient as aiohttp reads them. */
import { parseQuery, unquote } from './target.ts'

export interface FormField {
  readonly name: string
  /** Present for a file part; a text part has none. */
  readonly filename?: string
  readonly content: Buffer
}

export interface Form {
  /** The first field of that name, as `post.get(name)`. */
  readonly first: (name: string) => FormField | undefined
  readonly text: (name: string) => string | undefined
}

export function parseForm(body: Buffer, contentType: string | undefined): Form {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const fields = fieldsOf(body, type, contentType ?? '')
  const first = (name: string) => fields.find((field) => field.name === name)
  return { first, text: (name) => first(name)?.content.toString('utf8') }
}

function fieldsOf(body: Buffer, type: string, contentType: string): FormField[] {
  if (type === 'multipart/form-data') return parseMultipart(body, boundaryOf(contentType))
  if (type !== '' && type !== 'application/x-www-form-urlencoded') return []
  return parseQuery(body.toString('utf8')).map(([name, value]) => ({ name, content: Buffer.from(value) }))
}

function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType)
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) throw new Error('boundary missed for Content-Type: multipart/form-data')
  return boundary
}

function parseMultipart(body: Buffer, boundary: string): FormField[] {
  const fields: FormField[] = []
  const mark = Buffer.from(`--${boundary}`)
  let at = body.indexOf(mark)
  if (at === -1) throw new Error('Could not find starting boundary')
  for (;;) {
    at += mark.length
    if (body.subarray(at, at + 2).toString('latin1') === '--') return fields
    const headersEnd = body.indexOf('\r\n\r\n', at)
    const next = body.indexOf(Buffer.concat([Buffer.from('\r\n'), mark]), Math.max(at, headersEnd + 2))
    if (headersEnd === -1 || next === -1) throw new Error('Unexpected end of multipart data')
    fields.push(readPart(body.subarray(at, headersEnd).toString('utf8'), body.subarray(headersEnd + 4, next)))
    at = next + 2
  }
}

function readPart(head: string, content: Buffer): FormField {
  const disposition = /^content-disposition:\s*(.*)$/im.exec(head)?.[1]?.trim() ?? ''
  const params = dispositionParams(disposition)
  const name = params.get('name')
  if (name === undefined) throw new Error('Multipart field missing name.')
  const filename = params.get('filename*') ?? params.get('filename')
  return filename === undefined || filename === '' ? { name, content } : { name, filename, content }
}

/** aiohttp `multipart.py:parse_content_disposition`: `filename*` is kept apart and wins, leading slashes are dropped. */
function dispositionParams(header: string): ReadonlyMap<string, string> {
  const params = new Map<string, string>()
  const pattern = /;\s*([^=;\s]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)/g
  for (const [, rawKey = '', rawValue = ''] of header.matchAll(pattern)) {
    const key = rawKey.toLowerCase()
    const value = rawValue.trim()
    if (params.has(key)) return new Map()
    if (key.endsWith('*')) {
      const extended = /^([^']*)'[^']*'(.*)$/.exec(value)
      if (extended !== null) params.set(key, unquote(extended[2] ?? ''))
    } else if (value.startsWith('"')) {
      params.set(
        key,
        value
          .slice(1, -1)
          .replace(/^[\\/]+/, '')
          .replace(/\\(.)/g, '$1'),
      )
    } else params.set(key, value)
  }
  return params
}
