/** How does an operator look after API keys? `gatehouse token create | list | revoke`. */
import { parseArgs } from 'node:util'
import { mintApiKey, parseApiKeyId } from '../identity/api-key.ts'
import { judgeKeyLimits } from '../identity/key-limits.ts'
import { summariseKey } from '../own-api/keys.ts'
import { parseDuration } from './duration.ts'
import { getNamedUser, onlyName } from './named-user.ts'
import { badInput, type CommandIo, commonOptions, writeJson, writeTable } from './output.ts'
import { revokeLeakedIn } from './token-leaked.ts'

const options = {
  ...commonOptions,
  user: { type: 'string' },
  label: { type: 'string' },
  expires: { type: 'string' },
  scope: { type: 'string', multiple: true },
  address: { type: 'string', multiple: true },
  workflow: { type: 'string' },
  leaked: { type: 'string' },
} as const

type TokenFlags = ReturnType<typeof parseTokenArgs>['values']

const labelLimit = 100

/** Exit code; bad input is thrown. @throws bad_input */
export async function runTokenCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseTokenArgs(args)
  const [action = '', ...rest] = positionals
  switch (action) {
    case 'create':
      if (rest.length > 0) throw badInput('Name the user with --user NAME.')
      await createToken(io, values)
      return 0
    case 'list':
      await listTokens(io, values)
      return 0
    case 'revoke':
      await revoke(io, rest, values)
      return 0
    default:
      throw badInput(`There is no "token ${action}". Use token create, list or revoke.`)
  }
}

function parseTokenArgs(args: readonly string[]) {
  return parseArgs({ args: [...args], options, allowPositionals: true })
}

async function createToken(io: CommandIo, flags: TokenFlags): Promise<void> {
  if (flags.user === undefined) throw badInput('Say whose token it is with --user NAME.')
  const label = (flags.label ?? '').trim()
  if (label.length > labelLimit || /\p{Cc}/u.test(label)) {
    throw badInput(`A label has at most ${labelLimit} characters and no control characters. Shorten --label.`)
  }
  const now = io.now ?? Date.now
  const expiresAtMs = flags.expires === undefined ? null : now() + parseDuration(flags.expires, '--expires')
  const member = await getNamedUser(io, flags.user)
  const wanted = { scopes: listOf(flags.scope), addresses: listOf(flags.address), workflow: flags.workflow }
  const limits = judgeKeyLimits(wanted, io.roles.permissionsOf(member.role))
  const { id, key, secretHash } = mintApiKey()
  const record = await io.store.apiKeys.add({ id, userId: member.id, label, secretHash, expiresAtMs, ...limits })
  const detail = { of: member.name, label, expires: flags.expires ?? 'never' }
  await io.audit({ kind: 'key.created', target: id, detail })
  if (flags.json) writeJson(io, { user: member.name, ...summariseKey(record), token: key })
  else io.stdout.write(`${key}\n`)
}

/** `--scope a --scope b` and `--scope a,b` are the same. */
function listOf(flags: readonly string[] | undefined): readonly string[] | undefined {
  return flags?.flatMap((flag) => flag.split(',').map((part) => part.trim()))
}

async function listTokens(io: CommandIo, flags: TokenFlags): Promise<void> {
  const owner = flags.user === undefined ? undefined : await getNamedUser(io, flags.user)
  const names = new Map((await io.store.users.list()).map((member) => [member.id, member.name]))
  const records = await io.store.apiKeys.list(owner?.id)
  const summaries = records.map((record) => ({ user: names.get(record.userId) ?? '-', ...summariseKey(record) }))
  if (flags.json) return writeJson(io, summaries)
  const rows = summaries.map((key) => [
    key.id,
    key.user,
    key.label,
    key.createdAt,
    key.expiresAt ?? '-',
    key.lastUsedAt ?? '-',
    key.lastUsedAddress ?? '-',
    limitsText(key),
  ])
  writeTable(io, ['ID', 'USER', 'LABEL', 'CREATED', 'EXPIRES', 'LAST USED', 'FROM', 'LIMITED TO'], rows)
}

function limitsText({ scopes, addresses, workflow }: ReturnType<typeof summariseKey>): string {
  const limits = [...(scopes ?? []), ...(addresses ?? []), ...(workflow === null ? [] : [`workflow ${workflow}`])]
  return limits.length === 0 ? '-' : limits.join(' ')
}

async function revoke(io: CommandIo, positionals: readonly string[], flags: TokenFlags): Promise<void> {
  if (flags.leaked === undefined) return revokeToken(io, onlyName(positionals, 'token by its id'), flags)
  if (positionals.length > 0) throw badInput('Name a token or a text with --leaked, not both.')
  await revokeLeakedIn(io, flags.leaked, flags.json)
}

async function revokeToken(io: CommandIo, text: string, flags: TokenFlags): Promise<void> {
  // Somebody who pastes the whole token means its id.
  const id = /^gh_([A-Za-z0-9]{12})_/.exec(text)?.[1] ?? text
  const revoked = await io.store.apiKeys.revoke(parseApiKeyId(id))
  if (!revoked)
    throw badInput(`There is no token with the id "${id.slice(0, 64)}". See them with: gatehouse token list`)
  await io.audit({ kind: 'key.revoked', target: id })
  if (flags.json) writeJson(io, { revoked: id })
  else io.stdout.write(`Revoked ${id}.\n`)
}
