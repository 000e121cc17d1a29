/** How is the sidecar started? From flags, from the companion pack, or as the supervisor of a ComfyUI. */
import { parseArgs } from 'node:util'
import { type Config, loadConfig } from '../config/config.ts'
import { type Environment, readEnvironment } from '../config/env.ts'
import type { ConfigSource } from '../config/follow-config.ts'
import { createSupervisor, type Supervisor } from '../supervisor/supervise.ts'
import { checkConfig } from './check-config.ts'
import { openInBrowser } from './open-in-browser.ts'
import { type PackOrders, readPackOrders, tellPack } from './pack-orders.ts'
import { type RunningSidecar, runSidecar } from './run-sidecar.ts'
import { type Signals, watchSignals } from './signals.ts'

interface UpFlags {
  readonly config?: string | undefined
  readonly comfyui?: string | undefined
  readonly listen?: string | undefined
  readonly data?: string | undefined
  readonly checkConfig: boolean
  readonly pack: boolean
  readonly json: boolean
  readonly child: readonly string[]
}

/** `gatehouse up`: runs until a signal, or until the pack that started it is gone. */
export async function up(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args)
  const environment = readEnvironment()
  const signals = watchSignals(configPath(flags, environment) !== undefined)
  if (flags.pack) return upForPack(flags, environment, signals)
  const config = loadConfig(environment, flags)
  checkConfig(config, environment)
  if (flags.checkConfig) {
    process.stdout.write(flags.json ? '{"sound":true}\n' : 'The configuration is sound.\n')
    return 0
  }
  const supervisor = await superviseWhenAsked(flags, environment)
  const sidecar = await start({ config, flags, environment, supervisor })
  signals.onReload(sidecar.reload)
  supervisor?.start()
  await signals.stopped
  try {
    // First, so that no job is recorded as ended by what ends ComfyUI.
    await sidecar.close()
  } finally {
    await supervisor?.stop()
  }
  return 0
}

interface StartOptions {
  readonly config: Config
  readonly flags: UpFlags
  readonly environment: Environment
  readonly supervisor: Supervisor | undefined
}

async function start({ config, flags, environment, supervisor }: StartOptions): Promise<RunningSidecar> {
  const { json } = flags
  const supervised = (own: Config): Config =>
    supervisor === undefined ? own : { ...own, comfyuiUrl: supervisor.upstreamUrl, comfyuiConfigured: true }
  const sidecar = await runSidecar({
    config: supervised(config),
    source: sourceOf(flags, environment, () => supervised(loadConfig(environment, flags))),
    environment,
    guardSecret: supervisor?.guardSecret,
    restartComfyui: supervisor?.restart,
    tls: undefined,
    say: json ? () => undefined : sayToPeople,
  })
  const { address, setupLink } = sidecar
  if (json) process.stdout.write(`${JSON.stringify({ address, setupLink: setupLink ?? null })}\n`)
  return sidecar
}

function sayToPeople(line: string): void {
  process.stderr.write(`${line}\n`)
}

function configPath(flags: UpFlags, environment: Environment): string | undefined {
  return flags.config ?? environment.configFile
}

/** What a changed file is read with: the same flags and the same checks as at the start. */
function sourceOf(flags: UpFlags, environment: Environment, load: () => Config): ConfigSource | undefined {
  const path = configPath(flags, environment)
  if (path === undefined) return undefined
  const read = (): Config => {
    const config = load()
    checkConfig(config, environment)
    return config
  }
  return { path, read }
}

/** The pack speaks first, over standard input; when that closes, ComfyUI is gone and so are we. */
async function upForPack(flags: UpFlags, environment: Environment, signals: Signals): Promise<number> {
  const { orders, closed } = await readPackOrders(process.stdin)
  try {
    const config = packConfig(orders, environment, flags)
    checkConfig(config, environment)
    const sidecar = await runSidecar({
      config,
      source: sourceOf(flags, environment, () => packConfig(orders, environment, flags)),
      environment,
      guardSecret: orders.guardSecret,
      tls: orders.tls,
      say: sayToPeople,
    })
    signals.onReload(sidecar.reload)
    tellPack({ ready: true, url: sidecar.address })
    if (orders.openBrowser) openInBrowser(sidecar.address)
    await Promise.race([closed, signals.stopped])
    await sidecar.close()
    return 0
  } catch (error) {
    tellPack({ ready: false, error: error instanceof Error ? error.message : 'the sidecar could not start' })
    throw error
  }
}

function packConfig(orders: PackOrders, environment: Environment, flags: UpFlags): Config {
  const config = loadConfig(environment, {
    ...flags,
    data: flags.data ?? environment.dataDir ?? orders.dataDir,
    comfyui: orders.comfyuiUrl,
    listen: orders.listen
      .map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`))
      .join(','),
  })
  return config
}

async function superviseWhenAsked(flags: UpFlags, environment: Environment): Promise<Supervisor | undefined> {
  const [command, ...rest] = flags.child
  if (command === undefined) return undefined
  return createSupervisor({
    command,
    args: rest,
    env: environment.inherited(),
    log: { info: sayToPeople, error: sayToPeople },
    mayBeUnguarded: environment.dangerouslyUnguarded,
  })
}

function parseFlags(args: readonly string[]): UpFlags {
  const end = args.indexOf('--')
  const own = end === -1 ? args : args.slice(0, end)
  const { values } = parseArgs({
    args: [...own],
    options: {
      config: { type: 'string' },
      comfyui: { type: 'string' },
      listen: { type: 'string' },
      data: { type: 'string' },
      'check-config': { type: 'boolean' },
      pack: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  })
  return {
    config: values.config,
    comfyui: values.comfyui,
    listen: values.listen,
    data: values.data,
    checkConfig: values['check-config'] === true,
    pack: values.pack === true,
    json: values.json === true,
    child: end === -1 ? [] : args.slice(end + 1),
  }
}
