/** How does a command read its secret and say its result? One line in; a table or JSON out. */
import type { RoleTable } from '@gatehouse/shared/roles'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Passwords } from '../identity/password.ts'
import type { Store } from '../store/store.ts'
import type { CommandAudit } from './command-audit.ts'

export interface CommandIo {
  /** Which roles the configuration knows. */
  readonly roles: RoleTable
  readonly store: Store
  /** `auth.registration`. */
  readonly registration: 'off' | 'invite' | 'approval'
  /** Whether the invited may choose a name. */
  readonly mayChooseName: () => boolean
  /** What people type to come here. */
  readonly origin: string
  readonly audit: CommandAudit
  readonly passwords: Passwords
  readonly stdin: AsyncIterable<Uint8Array | string>
  readonly stdout: { write(text: string): unknown }
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

/** Accepted by every command; `--data` has been read by whoever opened the store. */
export const commonOptions = {
  json: { type: 'boolean', default: false },
  data: { type: 'string' },
  config: { type: 'string' },
} as const

const lineLimitBytes = 4_096

/** Bad input on the command line: exit code 2, one sentence with its cure. */
export function badInput(message: string): GatehouseError {
  return new GatehouseError('bad_input', { message })
}

/** The first line, without its end. @throws bad_input when it is empty or over-long */
export async function readLine(stdin: CommandIo['stdin']): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk)
    chunks.push(bytes)
    length += bytes.length
    if (bytes.includes(0x0a) || length > lineLimitBytes) break
  }
  if (length > lineLimitBytes) throw badInput('The line on standard input is too long. Pass the password alone.')
  const line = Buffer.concat(chunks).toString('utf8').split(/\r?\n/, 1)[0] ?? ''
  if (line === '') throw badInput('Standard input is empty. Pipe the password in as one line.')
  return line
}

export function writeJson(io: Pick<CommandIo, 'stdout'>, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** Columns as wide as their widest cell. */
export function writeTable(
  io: Pick<CommandIo, 'stdout'>,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const lines = [head, ...rows.map((row) => row.map(printable))]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  for (const line of lines) {
    const cells = line.map((cell, column) => cell.padEnd(widths[column] ?? 0))
    io.stdout.write(`${cells.join('  ').trimEnd()}\n`)
  }
}

/** ISO 8601, or a dash. */
export function timeText(ms: number | null): string {
  return ms === null ? '-' : new Date(ms).toISOString()
}

/** What a browser or a person chose to call something must not steer the terminal it is shown in. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?')
}
