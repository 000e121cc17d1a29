/** Which command was asked for? Finds it, runs it, and turns every failure into a sentence, a cure and an exit code. */
import { errorCodes } from '@gatehouse/shared/error-codes'
import { ConfigError } from '../config/config.ts'
import { GatehouseError } from '../gatehouse-error.ts'

/** Bad input of any kind. */
const exitBadInput = 2
const exitFailed = 1

type Command = (args: readonly string[]) => Promise<number>

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./up.ts')).up,
  user: async () => (await import('./with-store.ts')).userCommand,
  tenant: async () => (await import('./with-store.ts')).tenantCommand,
  token: async () => (await import('./with-store.ts')).tokenCommand,
  session: async () => (await import('./with-store.ts')).sessionCommand,
  nodes: async () => (await import('./nodes-command.ts')).nodesCommand,
  routes: async () => (await import('./routes.ts')).routesCommand,
  audit: async () => (await import('./with-store.ts')).auditCommand,
  secret: async () => (await import('./with-store.ts')).secretCommand,
  workflow: async () => (await import('./with-store.ts')).workflowCommand,
  cert: async () => (await import('./cert.ts')).certCommand,
  explain: async () => (await import('./with-store.ts')).explainCommand,
  verify: async () => (await import('./verify.ts')).verifyCommand,
  install: async () => (await import('./install-command.ts')).installCommand,
}

const usage = `Usage: gatehouse COMMAND
  up [--config FILE] [--comfyui URL] [--listen HOST:PORT] [--data DIR] [--check-config] [-- COMMAND ...]
  user add NAME --role ROLE [--tenant NAME] --password-stdin | --service
  user invite [NAME] --role ROLE [--tenant NAME] [--expires 7d]
  user list | role NAME ROLE | disable NAME | enable NAME | remove NAME | password NAME --password-stdin
  user reset-factors NAME
  session list | revoke ID | revoke --user NAME
  tenant usage | name USER NAME | claim NAME [--inputs] [--outputs] [--userdata FOLDER] [--dry-run]
  token create --user NAME [--label TEXT] [--expires 90d] [--scope NAME ...] [--address RANGE ...] [--workflow NAME]
  token list [--user NAME] | revoke ID | revoke --leaked FILE
  workflow publish NAME --file FILE --as USER [--page FILE] [--open NODE.INPUT ... | --closed] [--everybody] [--url ADDRESS]
  workflow list | withdraw NAME [--tenant NAME | --everybody]
  secret list | rotate [cookie | page | csrf | session-token | audit ...] [--overlap 24h | --now]
  audit list [--since 24h] [--until TIME] [--kind KIND] [--user NAME] [--limit 100]
  audit verify [--anchor NUMBER:HASH] | export [--since 24h] [--until TIME] [--kind KIND] [--user NAME]
  cert ca --out DIR | server --ca DIR --host NAME | client --ca DIR --name NAME [--san dns:NAME] [--days 397]
  cert revoke --ca DIR FILE | renew-list --ca DIR
  routes
  nodes [--role ROLE] [--comfyui URL | --worker NAME]
  explain METHOD PATH --as NAME [--with-key ID] [--from ADDRESS]
  verify [--url ADDRESS] [--worker NAME]
  install COMFYUI_DIR [--link]
Every command takes --data DIR and --json. Passwords and keys are read from standard input, never from arguments.
`

/** Runs one command line; resolves to the exit code. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const [name = '', ...rest] = args
  if (name === '' || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(usage)
    return name === '' ? exitBadInput : 0
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) {
    process.stderr.write(`There is no command "${name}".\n${usage}`)
    return exitBadInput
  }
  try {
    const command = await load()
    return await command(rest)
  } catch (error) {
    process.stderr.write(`${sentence(error)}\n`)
    return isBadInput(error) ? exitBadInput : exitFailed
  }
}

function sentence(error: unknown): string {
  if (error instanceof ConfigError)
    return `The configuration has mistakes:\n${error.problems.map((problem) => `  ${problem}`).join('\n')}`
  if (error instanceof GatehouseError) {
    const { message, cure } = errorCodes[error.code]
    // A sentence of its own names its cure; the table's speaks to people in front of the door, not to the operator.
    return error.message === message ? `${message} ${cure}` : error.message
  }
  if (isBadOption(error))
    return `${firstSentence(error.message)} See the options of every command with: gatehouse --help`
  return error instanceof Error ? error.message : String(error)
}

/** Node goes on about arguments that begin with a dash, which none of ours do. */
function firstSentence(message: string): string {
  return message.split(/\. |\n/, 1)[0]?.replace(/\.?$/, '.') ?? message
}

function isBadInput(error: unknown): boolean {
  if (error instanceof ConfigError) return true
  if (error instanceof GatehouseError) return error.status >= 400 && error.status < 500
  return isBadOption(error)
}

/** What node:util parseArgs throws. */
function isBadOption(error: unknown): error is TypeError {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}
