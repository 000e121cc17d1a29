/** What exactly does the supervisor start? The operator's command on a private port, with a secret that no argument shows. */
import { basename } from 'node:path'

export interface ChildCommandInput {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly port: number
  readonly guardSecret: string
}

export interface ChildCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Nodes can read their process' environment: none of Gatehouse's own settings and secrets go there but these three. */
export function buildChildCommand(input: ChildCommandInput): ChildCommand {
  const inherited = Object.entries(input.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].toUpperCase().startsWith('GATEHOUSE_'),
  )
  return {
    command: input.command,
    args: [...input.args, ...privateAddress([input.command, ...input.args], input.port)],
    env: {
      ...Object.fromEntries(inherited),
      GATEHOUSE_SUPERVISED: '1',
      GATEHOUSE_GUARD_SECRET: input.guardSecret,
      GATEHOUSE_UPSTREAM_PORT: String(input.port),
    },
  }
}

/** For a ComfyUI without the pack: the last --listen and --port win (argparse), so that nothing listens wider. */
function privateAddress(words: readonly string[], port: number): readonly string[] {
  return words.some((word) => basename(word.replaceAll('\\', '/')) === 'main.py')
    ? ['--listen', '127.0.0.1', '--port', String(port)]
    : []
}

/** The folder that `gatehouse install` needs to hear, as far as the command names it. */
export function findComfyuiFolder(args: readonly string[]): string | undefined {
  const main = args.find((word) => basename(word.replaceAll('\\', '/')) === 'main.py')
  return main === undefined ? undefined : main.slice(0, -'main.py'.length).replace(/[/\\]$/, '') || '.'
}
