/** How does an operator end sessions? `gatehouse session list | revoke ID | revoke --user NAME`. */
import { parseArgs } from 'node:util'
import type { SessionRecord } from '../store/store.ts'
import { getNamedUser, onlyName } from './named-user.ts'
import { badInput, type CommandIo, commonOptions, timeText, writeJson, writeTable } from './output.ts'

const options = { ...commonOptions, user: { type: 'string' } } as const

type SessionFlags = ReturnType<typeof parseSessionArgs>['values']

/** Exit code; bad input is thrown. @throws bad_input */
export async function runSessionCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseSessionArgs(args)
  const [action = '', ...rest] = positionals
  switch (action) {
    case 'list':
      await listSessions(io, values)
      return 0
    case 'revoke':
      await revoke(io, rest, values)
      return 0
    default:
      throw badInput(`There is no "session ${action}". Use session list or revoke.`)
  }
}

function parseSessionArgs(args: readonly string[]) {
  return parseArgs({ args: [...args], options, allowPositionals: true })
}

async function listSessions(io: CommandIo, flags: SessionFlags): Promise<void> {
  const owner = flags.user === undefined ? undefined : await getNamedUser(io, flags.user)
  const names = new Map((await io.store.users.list()).map((member) => [member.id, member.name]))
  const records = await io.store.sessions.list(owner?.id)
  const summaries = records.map((record) => summarise(record, names.get(record.userId) ?? '-'))
  if (flags.json) return writeJson(io, summaries)
  const rows = summaries.map((open) => [
    open.id,
    open.user,
    open.createdAt,
    open.lastSeenAt,
    open.expiresAt,
    open.address,
    open.userAgent,
  ])
  writeTable(io, ['ID', 'USER', 'SIGNED IN', 'LAST SEEN', 'EXPIRES', 'ADDRESS', 'BROWSER'], rows)
}

async function revoke(io: CommandIo, positionals: readonly string[], flags: SessionFlags): Promise<void> {
  if (flags.user !== undefined && positionals.length > 0) throw badInput('Name a session or a user, not both.')
  const count = flags.user === undefined ? await revokeOne(io, positionals) : await revokeAll(io, flags.user)
  if (flags.json) writeJson(io, { revoked: count })
  else io.stdout.write(count === 1 ? '1 session has ended.\n' : `${count} sessions have ended.\n`)
}

async function revokeOne(io: CommandIo, positionals: readonly string[]): Promise<number> {
  const id = onlyName(positionals, 'session by its id, or a user with --user NAME')
  const session = await io.store.sessions.findById(id)
  const isEnded = session !== undefined && (await io.store.sessions.revoke(session.hash))
  if (!isEnded) throw badInput(`There is no session "${id.slice(0, 64)}". See them with: gatehouse session list`)
  const owner = await io.store.users.findById(session.userId)
  await io.audit({ kind: 'session.revoked', target: owner?.name, detail: { session: id } })
  return 1
}

async function revokeAll(io: CommandIo, name: string): Promise<number> {
  const owner = await getNamedUser(io, name)
  const count = await io.store.sessions.revokeAll(owner.id)
  await io.audit({ kind: 'session.revoked', target: owner.name, detail: { all: true, count } })
  return count
}

function summarise(record: SessionRecord, user: string) {
  return {
    id: record.id,
    user,
    createdAt: timeText(record.createdAtMs),
    lastSeenAt: timeText(record.lastSeenAtMs),
    expiresAt: timeText(record.expiresAtMs),
    address: record.address,
    userAgent: record.userAgent,
  }
}
