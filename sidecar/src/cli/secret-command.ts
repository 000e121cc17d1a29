/** How are the secrets of this installation changed? `gatehouse secret list | rotate`. */
import { parseArgs } from 'node:util'
import { type RotatedSecret, rotatedSecrets, type SecretSummary } from '../store/secrets.ts'
import { parseDuration } from './duration.ts'
import { badInput, type CommandIo, commonOptions, timeText, writeJson, writeTable } from './output.ts'

const options = {
  ...commonOptions,
  overlap: { type: 'string' },
  now: { type: 'boolean', default: false },
} as const

type SecretIo = Pick<CommandIo, 'store' | 'audit' | 'stdout'>
type SecretFlags = ReturnType<typeof parseSecretArgs>['values']

const defaultOverlap = '24h'

/** Exit code; bad input is thrown. @throws bad_input */
export async function runSecretCommand(args: readonly string[], io: SecretIo): Promise<number> {
  const { values, positionals } = parseSecretArgs(args)
  const [action = '', ...rest] = positionals
  switch (action) {
    case 'list':
      if (rest.length > 0) throw badInput('secret list takes no names.')
      await listSecrets(io, values)
      return 0
    case 'rotate':
      await rotate(io, rest, values)
      return 0
    default:
      throw badInput(`There is no "secret ${action}". Use secret list or rotate.`)
  }
}

function parseSecretArgs(args: readonly string[]) {
  return parseArgs({ args: [...args], options, allowPositionals: true })
}

async function listSecrets(io: SecretIo, flags: SecretFlags): Promise<void> {
  const secrets = (await io.store.secrets.list()).map(summarise)
  if (flags.json) return writeJson(io, secrets)
  const rows = secrets.map(({ purpose, id, createdAt, expiresAt }) => [purpose, id, createdAt, expiresAt ?? '-'])
  writeTable(io, ['PURPOSE', 'ID', 'CREATED', 'ENDS'], rows)
}

async function rotate(io: SecretIo, names: readonly string[], flags: SecretFlags): Promise<void> {
  if (flags.now && flags.overlap !== undefined) throw badInput('Say --overlap or --now, not both.')
  const overlapMs = flags.now ? 0 : parseDuration(flags.overlap ?? defaultOverlap, '--overlap')
  const purposes = names.length === 0 ? allPurposes() : names.map(parsePurpose)
  const rotated: (SecretSummary & { readonly purpose: RotatedSecret })[] = []
  for (const purpose of new Set(purposes)) {
    const secret = await io.store.secrets.rotate(purpose, overlapMs)
    const overlap = flags.now ? 'none' : (flags.overlap ?? defaultOverlap)
    await io.audit({ kind: 'secret.rotated', target: purpose, detail: { id: secret.id, overlap } })
    rotated.push({ ...secret, purpose })
  }
  const ended = flags.now && purposes.includes('cookie') ? await endSessions(io) : 0
  if (flags.json) return writeJson(io, { rotated: rotated.map(summarise), sessionsEnded: ended })
  for (const { purpose, id } of rotated) io.stdout.write(`${id} ${rotatedSecrets[purpose]} from now on.\n`)
  io.stdout.write(flags.now ? nowSentence(ended) : `The old ones count for ${flags.overlap ?? defaultOverlap} more.\n`)
}

function nowSentence(ended: number): string {
  return `The old ones count no more. ${ended === 1 ? '1 session has ended.' : `${ended} sessions have ended.`}\n`
}

/** Their cookies prove nothing any more; without this, their open sockets would go on. */
async function endSessions({ store }: SecretIo): Promise<number> {
  const open = await store.sessions.list()
  const ended = await Promise.all(open.map(({ hash }) => store.sessions.revoke(hash)))
  return ended.filter(Boolean).length
}

function allPurposes(): readonly RotatedSecret[] {
  return Object.keys(rotatedSecrets).map(parsePurpose)
}

/** @throws bad_input */
function parsePurpose(name: string): RotatedSecret {
  if (isPurpose(name)) return name
  const known = Object.keys(rotatedSecrets).join(', ')
  throw badInput(`There is no secret "${name.slice(0, 64)}" that can be rotated. These are: ${known}.`)
}

function isPurpose(name: string): name is RotatedSecret {
  return Object.hasOwn(rotatedSecrets, name)
}

function summarise({ purpose, id, createdAtMs, expiresAtMs }: SecretSummary) {
  return {
    purpose,
    id,
    createdAt: timeText(createdAtMs),
    expiresAt: expiresAtMs === null ? null : timeText(expiresAtMs),
  }
}
