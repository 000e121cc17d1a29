/** How is the sidecar started? From flags, from the companion pack, or as the supervisor of a ComfyUI. */
import { parseArgs } from 'node:util'
import { type Config, loadConfig } from '../config/config.ts'
import { type Environment, readEnvironment } from '../config/env.ts'
import { createSupervisor, type Supervisor } from '../supervisor/supervise.ts'
import { checkConfig } from './check-config.ts'
import { openInBrowser } from './open-in-browser.ts'
import { type PackOrders, readPackOrders, tellPack } from './pack-orders.ts'
import { type RunningSidecar, runSidecar } from './run-sidecar.ts'

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
  const stopped = untilSignal()
  if (flags.pack) return upForPack(flags, environment, stopped)
  const config = loadConfig(environment, flags)
  checkConfig(config, environment)
  if (flags.checkConfig) {
    process.stdout.write(flags.json ? '{"sound":true}\n' : 'The configuration is sound.\n')
    return 0
  }
  const supervisor = await superviseWhenAsked(flags, environment)
  const sidecar = await start(config, environment, supervisor, flags.json)
  supervisor?.start()
  await stopped
  try {
    // First, so that no job is recorded as ended by what ends ComfyUI.
    await sidecar.close()
  } finally {
    await supervisor?.stop()
  }
  return 0
}

async function start(
  config: Config,
  environment: Environment,
  supervisor: Supervisor | undefined,
  json: boolean,
): Promise<RunningSidecar> {
  const sidecar = await runSidecar({
    config:
      supervisor === undefined ? config : { ...config, comfyuiUrl: supervisor.upstreamUrl, comfyuiConfigured: true },
    environment,
    guardSecret: supervisor?.guardSecret,
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

/** The pack speaks first, over standard input; when that closes, ComfyUI is gone and so are we. */
async function upForPack(flags: UpFlags, environment: Environment, stopped: Promise<void>): Promise<number> {
  const { orders, closed } = await readPackOrders(process.stdin)
  try {
    const config = packConfig(orders, environment, flags)
    checkConfig(config, environment)
    const sidecar = await runSidecar({
      config,
      environment,
      guardSecret: orders.guardSecret,
      tls: orders.tls,
      say: sayToPeople,
    })
    tellPack({ ready: true, url: sidecar.address })
    if (orders.openBrowser) openInBrowser(sidecar.address)
    await Promise.race([closed, stopped])
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

/** The first of them; those that follow (Ctrl-C reaches a whole group, and its parents pass it on) change nothing. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
  })
}
