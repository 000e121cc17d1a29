/** What remains of an observation when random ids and times are renamed? Ids by the order in which they first appear. */
import { crc32 } from 'node:zlib'
import type { Seen } from './ask.ts'
import { exceptions } from './exceptions.ts'

export interface Canonical {
  text(text: string): string
  answer(seen: Seen, about: readonly string[]): string
  binary(frame: Buffer): string
}

/** Ids that are drawn anew in every run. */
const random: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['id', /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g],
  // A time and a name in base64.
  ['next page', /(?<="next":")[^"]+/g],
  ['page', /(?<="page":")[^"]+/g],
  // ComfyUI's own name of a preview that was loaded again, and the digest of what was loaded: in saved metadata.
  ['temp', /_temp_[a-z]{5}(?=_\d{5}_)/g],
  ['digest', /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g],
  ['preview', /preview_[0-9a-f]{24}/g],
  ['secret', /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/g],
  // The prefix of a tenant's nodes, in the metadata of saved pictures.
  ['node prefix', /(?<![a-z])[a-z]{12}-(?=\d)/g],
]

/** `/internal/files`: newest first, and two files of one moment in any order. */
const newestFirst = /\["[^"\]]* \[(?:input|output|temp)\]"(?:, ?"[^"\]]* \[(?:input|output|temp)\]")+\]/g

function inOrder(list: string): string {
  return `[${(list.match(/"[^"]*"/g) ?? []).toSorted().join(',')}]`
}

/** `known`: names of this run's cast, and what they are called in every run. */
export function createCanonical(known: ReadonlyMap<string, string>): Canonical {
  const names = new Map<string, string>()
  const rename = (kind: string, value: string): string => {
    const name = names.get(value) ?? `<${kind} ${names.size + 1}>`
    names.set(value, name)
    return name
  }
  const text = (raw: string): string => {
    let plain = raw.replaceAll(newestFirst, inOrder)
    for (const [name, token] of known) plain = plain.replaceAll(name, token)
    for (const { pattern, by } of exceptions.flatMap(({ hides }) => hides)) plain = plain.replaceAll(pattern, by)
    for (const [kind, pattern] of random) plain = plain.replaceAll(pattern, (found) => rename(kind, found))
    return plain
  }
  const bytes = (raw: Buffer): string => text(isPng(raw) ? describePng(raw) : raw.toString('latin1'))
  return {
    text,
    binary: bytes,
    answer: ({ status, rawHeaders, body }, about) => {
      const lines = pairs(rawHeaders).map(([name, value]) => headerLine(name, value, body, text))
      let shown = body.toString('latin1')
      // What was asked about may be echoed: it is a name of the asker's, whoever else has it.
      for (const [index, id] of about.entries()) shown = shown.replaceAll(id, `<asked ${index + 1}>`)
      return [String(status), ...lines, '', bytes(isPng(body) ? body : Buffer.from(shown, 'latin1'))].join('\n')
    },
  }
}

function headerLine(name: string, value: string, body: Buffer, text: (raw: string) => string): string {
  const lower = name.toLowerCase()
  // Ids and times of other lengths make another length: it has to be right, and is then told by the body itself.
  if (lower === 'content-length' && (value === String(body.length) || body.length === 0)) return `${name}: <length>`
  // Express's: a digest of the body, ids, times and figures in it included.
  if (lower === 'etag' && /^W\/"[0-9a-f]+-[\w+/]{27}"$/.test(value)) return `${name}: <digest of the body>`
  return `${name}: ${text(value)}`
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as const] : []))
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

function isPng(bytes: Buffer): boolean {
  return bytes.subarray(0, 8).equals(signature)
}

/** Chunk by chunk, without the sums, which have to be right: they depend on the ids in the metadata. */
function describePng(png: Buffer): string {
  const chunks = ['PNG']
  for (let at = signature.length; at < png.length; ) {
    const length = at + 12 <= png.length ? png.readUInt32BE(at) : png.length
    // A part of a picture.
    if (at + 12 + length > png.length) return [...chunks, png.subarray(at).toString('latin1')].join('\n')
    const checked = png.subarray(at + 4, at + 8 + length)
    const sum = png.readUInt32BE(at + 8 + length) === crc32(checked) ? '' : ' with a wrong sum'
    chunks.push(`${checked.toString('latin1')}${sum}`)
    at += 12 + length
  }
  return chunks.join('\n')
}
