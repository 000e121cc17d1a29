/** Which keys did somebody publish? `gatehouse token revoke --leaked FILE`, or `-` for standard input: never an argument. */
import { createReadStream } from 'node:fs'
import type { AuditEntry } from '../audit/audit.ts'
import { revokeLeaked } from '../identity/leaked-keys.ts'
import { badInput, type CommandIo, writeJson } from './output.ts'

/** A log of that size is searched in one piece. */
const limitBytes = 256 * 1024 * 1024

/** Revokes every key in it that is whole and right. @throws bad_input */
export async function revokeLeakedIn(io: CommandIo, source: string, asJson: boolean): Promise<void> {
  const text = await readAll(source === '-' ? io.stdin : createReadStream(source), source)
  const entries: AuditEntry[] = []
  const revoked = await revokeLeaked({ store: io.store, audit: { record: (entry) => entries.push(entry) } }, text)
  for (const entry of entries) await io.audit(entry)
  if (asJson) return writeJson(io, { revoked: revoked.map(({ kind, id }) => ({ kind, id })) })
  for (const { kind, id } of revoked) {
    io.stdout.write(kind === 'api-key' ? `Revoked the key ${id}.\n` : `Ended the session ${id}.\n`)
  }
  if (revoked.length === 0) io.stdout.write('No key of this Gatehouse that still counts is in it.\n')
}

async function readAll(stream: AsyncIterable<Uint8Array | string>, source: string): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk)
      length += bytes.length
      if (length > limitBytes) throw badInput('The text is larger than 256 MB. Split it.')
      chunks.push(bytes)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('E')) {
      throw badInput(`${source} cannot be read. Name a file, or pipe the text in and say --leaked -.`)
    }
    throw error
  }
  return Buffer.concat(chunks).toString('utf8')
}
