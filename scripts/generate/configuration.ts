/** What does docs/CONFIGURATION.md say? Every setting with its default and meaning, read off the schema. */
import { z } from 'zod'
import { isLiveSetting } from '../../sidecar/src/config/live-settings.ts'
import { configSchema } from '../../sidecar/src/config/schema.ts'

interface Node {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly additionalProperties?: boolean | Node
}

export function configurationDocument(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as Node
  const rows = Object.entries(schema.properties ?? {}).flatMap(([name, node]) => describe(name, node))
  return [
    '# Configuration',
    '',
    'Written by `pnpm generate` from `sidecar/src/config/schema.ts`. One YAML file, named by `--config FILE` or `GATEHOUSE_CONFIG`;',
    'every setting is optional, every unknown one is refused. A relative path in it begins beside it.',
    '`gatehouse up --check-config` reports all mistakes at once.',
    '',
    '| setting | values | default | holds | meaning |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    '## Changing it while it runs',
    '',
    'A running sidecar looks at the file, and at the files that its section `auth` names, four times a second, and reads them again when',
    'one changed; `kill -HUP` on its process does the same at once. Settings that hold *at once* are obeyed within a second. Settings that',
    'hold after a *restart* are named in a warning in the log and keep the value they run with. A file with mistakes, or an empty one,',
    'changes nothing: all its mistakes are in the log, once. What came from the environment or from flags cannot be changed by the file.',
    'SIGHUP of a closing terminal, or without a configuration file, ends the sidecar.',
    '',
    '## Environment and flags',
    '',
    'Flags beat the environment, which beats the file.',
    '',
    '| flag | variable | setting |',
    '|---|---|---|',
    '| `--config FILE` | `GATEHOUSE_CONFIG` | the file itself |',
    '| `--comfyui URL` | `COMFYUI_URL` | `comfyui.url` |',
    '| `--listen HOST:PORT` | `GATEHOUSE_SERVER_LISTEN` | `server.listen` (comma-separated) |',
    '| | `GATEHOUSE_SERVER_PUBLIC_URL` | `server.public_url` |',
    '| `--data DIR` | `GATEHOUSE_DATA_DIR` | `data.dir` |',
    '| | `GATEHOUSE_NODES_ADMIT` | `nodes.admit` (comma-separated) |',
    '| | `GATEHOUSE_TENANCY_MODE` | `tenancy.mode` |',
    '| | `GATEHOUSE_LOG_LEVEL` | `log.level` |',
    '| | `GATEHOUSE_GUARD_SECRET` | the secret of `comfyui.guard_secret_file`, given directly |',
    '| | `GATEHOUSE_DANGEROUSLY_UNGUARDED=1` | lets `gatehouse up -- COMMAND` serve a ComfyUI without the companion pack |',
    '',
    '## Defaults in one place',
    '',
    '- Listens on `127.0.0.1:8288`; as a pack in `custom_nodes` on the address ComfyUI was started with.',
    '- ComfyUI is expected at `http://127.0.0.1:8188`.',
    '- Data: `$XDG_DATA_HOME/gatehouse` or `~/.local/share/gatehouse` on Linux, `~/Library/Application Support/gatehouse` on macOS,',
    '  `%LOCALAPPDATA%\\gatehouse` on Windows; as a pack `user/__gatehouse` inside ComfyUI. Mode 0700.',
    '',
  ].join('\n')
}

/** `outer` says what an entry means that has no description of its own. */
function describe(path: string, node: Node, outer = ''): string[] {
  if (node.properties !== undefined)
    return Object.entries(node.properties).flatMap(([name, child]) => describe(`${path}.${name}`, child))
  if (typeof node.additionalProperties === 'object')
    return describe(`${path}.<${keyOf(path)}>`, node.additionalProperties, node.description)
  const item = node.items
  const meaning = node.description ?? outer
  const own = `| \`${path}\` | ${values(node)} | ${shown(node.default)} | ${holds(path)} | ${meaning} |`
  if (item?.properties === undefined) return [own]
  return [own, ...Object.entries(item.properties).flatMap(([name, child]) => describe(`${path}[].${name}`, child))]
}

/** What the names of a section stand for that holds any. */
function keyOf(path: string): string {
  if (path.endsWith('.fields')) return 'input'
  if (path === 'roles') return 'role'
  return path.endsWith('.tenants') ? 'who' : 'group'
}

function holds(path: string): string {
  return isLiveSetting(path) ? 'at once' : 'restart'
}

function values(node: Node): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (node.type === 'array')
    return `list of ${node.items?.type === 'object' ? 'entries' : (node.items?.type ?? 'values')}`
  return node.type ?? ''
}

function shown(value: unknown): string {
  if (value === undefined) return ''
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}
