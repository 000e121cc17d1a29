/** What does `pnpm start` do? Builds, finds or stands in for a ComfyUI, and runs the sidecar in front of it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { loadConfig } from '../sidecar/src/config/config.ts'
import { readEnvironment } from '../sidecar/src/config/env.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../tests/practice-comfyui/start.ts'
import { frontendRoot } from '../tests/support/frontend-package.ts'
import { build } from './build.ts'
import { requireNode24 } from './require-node.ts'

requireNode24()
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const defaultComfyui = 'http://127.0.0.1:8188'
const probeTimeoutMs = 2_000
const [first, second = ''] = process.argv.slice(2)
// pnpm hands `--` on; before a command it means what it means to `gatehouse up`.
const flags = first === '--' && second.startsWith('-') ? process.argv.slice(3) : process.argv.slice(2)

const stopped = untilStopped()
await build({ outDir: join(root, 'dist') })
const practice = (await mayStandIn()) ? await startPractice() : undefined
process.exitCode = await runSidecar(practice)
await practice?.close()
process.exit()

/** Only when no ComfyUI was named and none answers: a configured one that is down gets the waiting page. */
async function mayStandIn(): Promise<boolean> {
  return !flags.includes('--check-config') && !flags.includes('--') && !isNamed() && !(await answers(defaultComfyui))
}

function isNamed(): boolean {
  const options = { config: { type: 'string' }, comfyui: { type: 'string' } } as const
  try {
    const { values } = parseArgs({ args: flags, options, strict: false, allowPositionals: true })
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
    return loadConfig(readEnvironment(), { config: text(values.config), comfyui: text(values.comfyui) })
      .comfyuiConfigured
  } catch {
    // The sidecar finds the same mistakes, and says them.
    return true
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/system_stats`, { signal: AbortSignal.timeout(probeTimeoutMs) })).ok
  } catch {
    return false
  }
}

async function startPractice(): Promise<PracticeComfyui> {
  const baseDirectory = join(root, '.practice')
  await mkdir(baseDirectory, { recursive: true })
  const frontend = await frontendRoot()
  const started = await startPracticeComfyui({
    baseDirectory,
    welcome: true,
    ...(frontend === undefined ? {} : { frontendRoot: frontend }),
  })
  const line = '='.repeat(78)
  console.log(
    [
      '',
      line,
      `  PRACTICE ComfyUI: nothing answers at ${defaultComfyui} and COMFYUI_URL is not set,`,
      '  so a stand-in without models or a GPU runs behind Gatehouse. It is for trying out.',
      '  For your own ComfyUI: COMFYUI_URL=http://HOST:PORT npx -y pnpm@10.34.9 start',
      line,
      '',
    ].join('\n'),
  )
  return started
}

/** Resolves to its exit code, once it has ended by itself or because somebody stopped us. */
async function runSidecar(behind: PracticeComfyui | undefined): Promise<number> {
  const sidecar = spawn(process.execPath, [join(root, 'dist/sidecar/gatehouse.mjs'), 'up', ...flags], {
    stdio: 'inherit',
    env: { ...process.env, ...(behind === undefined ? {} : { COMFYUI_URL: behind.url }) },
  })
  const ended = once(sidecar, 'exit')
  void stopped.then((signal) => {
    // On Windows the console has told it already, and this would cut it off.
    if (process.platform !== 'win32') sidecar.kill(signal)
  })
  const [code, signal]: (number | string | null)[] = await ended
  if (typeof code === 'number') return code
  return signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1
}

/** Ctrl-C reaches every process of the terminal, and pnpm passes it on: the second one changes nothing. */
function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal))
  })
}
