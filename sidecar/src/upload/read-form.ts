/** What does a multipart body hold? One file as a stream, the other fields as text; anything ambiguous is refused. */
import type { Readable } from 'node:stream'
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy'
import { GatehouseError } from '../gatehouse-error.ts'

export interface FilePart {
  readonly filename: string
  readonly mimeType: string
  readonly stream: Readable
}

export interface FormReader {
  /** The one file part, as soon as it begins. @throws bad_upload when the form ends without one */
  readonly file: Promise<FilePart>
  /** Every text field, once the whole form was read. @throws bad_upload, body_too_large */
  readonly fields: Promise<ReadonlyMap<string, string>>
}

const maxFieldBytes = 64 * 1024
const maxFields = 32

/** Starts reading; the body is consumed only as fast as the file is. `limitBytes` bounds the file. */
export function readForm(body: Readable, contentType: string, limitBytes: number): FormReader {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) throw new GatehouseError('bad_upload')
  const file = Promise.withResolvers<FilePart>()
  const fields = Promise.withResolvers<ReadonlyMap<string, string>>()
  const seen = new Map<string, string>()
  let files = 0
  let begun: Readable | undefined
  const parser = createParser(contentType, limitBytes)
  const fail = (error: unknown): void => {
    const refusal = error instanceof GatehouseError ? error : new GatehouseError('bad_upload', { cause: error })
    file.reject(refusal)
    fields.reject(refusal)
    body.unpipe(parser)
    // The parser never ends a file whose form broke off: whoever passes it on would wait, and hold ComfyUI, for ever.
    begun?.destroy(refusal)
  }
  parser.on('field', (name, value, _nameCut, valueCut) => {
    if (valueCut) return fail(new GatehouseError('body_too_large'))
    // aiohttp takes the first of a repeated field, other parsers the last.
    if (seen.has(name) || name === 'image')
      return fail(new GatehouseError('bad_upload', { message: `The field ${name} is repeated or no file.` }))
    seen.set(name, value)
  })
  parser.on('file', (name, stream, filename, _encoding, mimeType) => {
    files += 1
    stream.on('limit', () => stream.destroy(new GatehouseError('body_too_large')))
    stream.on('error', fail)
    begun = stream
    if (name !== 'image' || files > 1) {
      stream.resume()
      return fail(new GatehouseError('bad_upload', { message: 'Send exactly one file, in the field image.' }))
    }
    file.resolve({ filename: filename ?? '', mimeType, stream })
  })
  parser.on('fieldsLimit', () => fail(new GatehouseError('bad_upload')))
  parser.on('error', fail)
  parser.on('finish', () => {
    if (files === 0)
      return fail(new GatehouseError('bad_upload', { message: 'The form holds no file in the field image.' }))
    fields.resolve(seen)
  })
  body.on('error', fail)
  body.on('close', () => {
    if (!parser.writableFinished) fail(new GatehouseError('bad_upload', { detail: 'client disappeared' }))
  })
  // The two promises settle together; whoever awaits only one must not crash the process over the other.
  file.promise.catch(() => undefined)
  fields.promise.catch(() => undefined)
  body.pipe(parser)
  return { file: file.promise, fields: fields.promise }
}

function createParser(contentType: string, limitBytes: number): BusboyInstance {
  const headers: BusboyHeaders = { 'content-type': contentType }
  try {
    return new Busboy({
      headers,
      preservePath: true,
      // aiohttp takes a part for a file when it has a name, whatever its type.
      isPartAFile: (_field, _type, filename) => filename !== undefined,
      limits: { fileSize: limitBytes, files: 2, fields: maxFields, fieldSize: maxFieldBytes, parts: maxFields + 2 },
    })
  } catch (cause) {
    throw new GatehouseError('bad_upload', { cause })
  }
}
