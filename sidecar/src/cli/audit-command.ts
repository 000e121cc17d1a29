/** What happened here? `gatehouse audit list | verify | export`. */
import { parseArgs } from 'node:util'
import { auditKinds, parseAuditKind } from '../audit/audit.ts'
import { exportLines } from '../audit/export-events.ts'
import { verifyChain } from '../audit/verify-chain.ts'
import { parseEvent } from '../audit/written-event.ts'
import { readAuditKeys } from '../context/read-secrets.ts'
import type { Link } from '../store/audit-chain.ts'
import type { AuditRow } from '../store/audit-store.ts'
import { findDuration } from './duration.ts'
import { badInput, commonOptions, timeText, writeJson, writeTable } from './output.ts'
import type { TenantIo } from './tenant-io.ts'

const options = {
  ...commonOptions,
  since: { type: 'string' },
  until: { type: 'string' },
  kind: { type: 'string' },
  user: { type: 'string' },
  limit: { type: 'string', default: '100' },
  anchor: { type: 'string', multiple: true },
  format: { type: 'string', default: 'jsonl' },
} as const

type AuditFlags = ReturnType<typeof parseAuditArgs>['values']

const exitBroken = 1

/** Exit code, 1 when the list is not as it was written. @throws bad_input */
export async function runAuditCommand(args: readonly string[], io: TenantIo): Promise<number> {
  const { values, positionals } = parseAuditArgs(args)
  const [action = '', ...rest] = positionals
  if (rest.length > 0) throw badInput(`audit ${action} takes no names. Use --user, --kind, --since and --until.`)
  switch (action) {
    case 'list':
      await listEvents(io, values)
      return 0
    case 'verify':
      return verify(io, values)
    case 'export':
      await exportEvents(io, values)
      return 0
    default:
      throw badInput(`There is no "audit ${action}". Use audit list, verify or export.`)
  }
}

function parseAuditArgs(args: readonly string[]) {
  return parseArgs({ args: [...args], options, allowPositionals: true })
}

async function listEvents(io: TenantIo, flags: AuditFlags): Promise<void> {
  const limit = /^[1-9]\d{0,5}$/.test(flags.limit) ? Number(flags.limit) : undefined
  if (limit === undefined) throw badInput('Write --limit as a number from 1 to 999999.')
  const newest = await io.store.audit.page({ from: { before: undefined }, limit, ...filterOf(io, flags) })
  const rows = newest.toReversed()
  if (flags.json)
    return writeJson(
      io,
      rows.map(({ seq, event }) => ({ seq, ...parseEvent(event) })),
    )
  const cells = rows.map((row) => [String(row.seq), timeText(row.atMs), row.kind, ...aboutEvent(row)])
  writeTable(io, ['NUMBER', 'TIME', 'KIND', 'WHO', 'ON WHAT', 'FROM', 'HOW', 'MORE'], cells)
}

function aboutEvent({ event }: AuditRow): readonly string[] {
  const { actor, impersonator, target, address, method, detail } = parseEvent(event)
  const who = impersonator === undefined ? actor?.name : `${impersonator.name ?? impersonator.id} as ${actor?.name}`
  const more = Object.entries(detail ?? {}).map(([name, value]) => `${name}=${value}`)
  return [who ?? '-', target ?? '-', address ?? '-', method ?? '-', more.join(' ')]
}

async function verify(io: TenantIo, flags: AuditFlags): Promise<number> {
  const own = await io.store.secrets.load('audit')
  const fromFile = readAuditKeys(io.config)
  const keys = { all: [...(fromFile ?? []), ...own], trusted: fromFile ?? own }
  const { count, start, end, problem } = await verifyChain(io.store.audit, keys, (flags.anchor ?? []).map(parseAnchor))
  if (flags.json) {
    writeJson(io, { ok: problem === undefined, count, start: start.seq, end: linkText(end), problem: problem ?? null })
  } else if (problem === undefined) {
    io.stdout.write(`${count} events, ${start.seq + 1} to ${end.seq}, are as they were written.\n`)
    io.stdout.write(`Note the last one elsewhere, and say it next time with: --anchor ${linkText(end)}\n`)
  } else {
    io.stdout.write(`Event ${problem.seq} is not as it was written: ${problem.what}.\n`)
    io.stdout.write(`The ${count} events before it are.\n`)
  }
  return problem === undefined ? 0 : exitBroken
}

async function exportEvents(io: TenantIo, flags: AuditFlags): Promise<void> {
  if (flags.format !== 'jsonl') throw badInput('There is one format: jsonl.')
  const filter = filterOf(io, flags)
  // Before the first line: whoever stops reading half-way has taken something, too.
  await io.audit({ kind: 'data.exported', target: 'audit' })
  for await (const line of exportLines(io.store.audit, filter)) {
    io.stdout.write(line)
  }
}

function filterOf(io: TenantIo, { since, until, kind, user }: AuditFlags) {
  if (kind !== undefined && parseAuditKind(kind) === undefined) {
    throw badInput(`There is no kind "${kind.slice(0, 64)}". These are: ${Object.keys(auditKinds).join(', ')}`)
  }
  const nowMs = (io.now ?? Date.now)()
  return {
    kind,
    name: user,
    sinceMs: since === undefined ? undefined : parseMoment(since, '--since', nowMs),
    untilMs: until === undefined ? undefined : parseMoment(until, '--until', nowMs),
  }
}

/** `24h` ago, or an ISO 8601 time. @throws bad_input */
function parseMoment(text: string, option: string, nowMs: number): number {
  const ago = findDuration(text)
  if (ago !== undefined) return nowMs - ago
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at))
    throw badInput(`Write ${option} as a time such as 2026-11-01 or 2026-11-01T08:00Z, or as 24h ago: 24h.`)
  return at
}

/** @throws bad_input */
function parseAnchor(text: string): Link {
  const groups = /^(?<seq>\d{1,15}):(?<hash>[0-9a-f]{64})$/.exec(text)?.groups
  if (groups?.hash === undefined)
    throw badInput('Write --anchor as NUMBER:HASH, as an earlier audit verify printed it.')
  return { seq: Number(groups.seq), hash: groups.hash }
}

function linkText({ seq, hash }: Link): string {
  return `${seq}:${hash}`
}
