/** How does a test start a real ComfyUI with the pack in a chosen state, and a stranger who tries every door meanwhile? */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findRealComfyui, freePort, noRealComfyui } from '../support/real-comfyui.ts'
import { findListeningPorts } from './listening-ports.ts'
import { packFolder } from './python.ts'

const fakeSidecar = fileURLToPath(new URL('./fake-sidecar.mjs', import.meta.url))
const pollMs = 50
const startTimeoutMs = 120_000

export interface PackOptions {
  /** Breaks the installed pack; gets its folder. */
  readonly breakPack?: (pack: string) => void
  /** Other packs: folder name to files. */
  readonly others?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly publicPort?: number
  readonly withoutPack?: boolean
  readonly stdin?: 'ignore' | 'pipe'
}

export interface Introduction {
  readonly comfyuiUrl: string
  readonly guardSecret: string
  readonly listen: readonly { readonly host: string; readonly port: number }[]
  readonly [field: string]: unknown
}

export interface PackWorld extends AsyncDisposable {
  readonly base: string
  readonly publicPort: number
  readonly process: ChildProcess
  readonly log: () => string
  /** What ComfyUI itself ever answered to somebody without a secret: status by address. */
  readonly strangerGot: () => readonly string[]
  readonly introductions: () => readonly Introduction[]
  readonly sidecar: () => {
    readonly pid: number
    readonly argv: readonly string[]
    readonly env: Record<string, string>
  }
  /** The exit code, once it ended. */
  readonly ends: () => Promise<number | null>
  /** The private address, once something answers there. */
  readonly comesUp: () => Promise<string>
}

export async function startPackWorld(options: PackOptions = {}): Promise<PackWorld> {
  const place = findRealComfyui()
  if (place === undefined) throw new Error(noRealComfyui)
  const base = mkdtempSync(join(tmpdir(), 'gatehouse-pack-'))
  layOut(base, options)
  const publicPort = options.publicPort ?? (await freePort())
  const args = ['main.py', '--cpu', '--port', String(publicPort), '--base-directory', base, '--disable-api-nodes']
  const child = spawn(place.python, [...args, ...(options.args ?? [])], {
    cwd: place.directory,
    detached: process.platform !== 'win32',
    env: withoutUndefined({
      ...process.env,
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      GATEHOUSE_NODE: process.execPath,
      FAKE_SIDECAR_DIRECTORY: base,
      ...options.env,
    }),
    stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
  })
  let log = ''
  const closed = once(child, 'close')
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')))
  const stranger = startStranger(child, publicPort)
  return {
    base,
    publicPort,
    process: child,
    log: () => log,
    strangerGot: stranger.got,
    introductions: () => readIntroductions(base),
    sidecar: () => JSON.parse(readFileSync(join(base, 'process.json'), 'utf8')),
    ends: async () => {
      await Promise.race([closed, stranger.tooLate])
      if (child.exitCode === null && child.signalCode === null) throw new Error(`it did not end:\n${log.slice(-3000)}`)
      return child.exitCode
    },
    comesUp: async () => {
      const up = await Promise.race([stranger.firstAnswer, closed, stranger.tooLate])
      if (typeof up !== 'string') throw new Error(`it did not come up:\n${log.slice(-3000)}`)
      return up
    },
    [Symbol.asyncDispose]: async () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGKILL')
      await closed
      await stranger.rests()
      rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}

function layOut(base: string, options: PackOptions): void {
  const nodes = join(base, 'custom_nodes')
  for (const folder of ['custom_nodes', 'input', 'output', 'temp', 'user', 'models']) mkdirSync(join(base, folder))
  const pack = join(nodes, 'comfyui-gatehouse')
  if (options.withoutPack !== true) {
    cpSync(packFolder, pack, { recursive: true, filter: (path) => !path.includes('__pycache__') })
    cpSync(fakeSidecar, join(pack, 'gatehouse.mjs'))
    options.breakPack?.(pack)
  }
  for (const [name, files] of Object.entries(options.others ?? {})) {
    mkdirSync(join(nodes, name))
    for (const [file, text] of Object.entries(files)) writeFileSync(join(nodes, name, file), text)
  }
}

/** Asks every port that ComfyUI's process listens on, over and over, from its first moment to its last. */
function startStranger(child: ChildProcess, publicPort: number) {
  const got = new Set<string>()
  const first = Promise.withResolvers<string>()
  const tooLate = Promise.withResolvers<undefined>()
  const deadline = Date.now() + startTimeoutMs
  const ask = async () => {
    while (child.exitCode === null && child.signalCode === null) {
      const ports = new Set([publicPort, ...(findListeningPorts(child.pid ?? 0) ?? []).map(({ port }) => port)])
      for (const port of ports) {
        const url = `http://127.0.0.1:${port}`
        const answer = await fetch(`${url}/system_stats`).catch(() => undefined)
        await answer?.body?.cancel().catch(() => {})
        if (answer === undefined || answer.headers.has('x-fake-sidecar')) continue
        got.add(`${answer.status} ${answer.headers.get('server')}`)
        first.resolve(url)
      }
      if (Date.now() > deadline) tooLate.resolve(undefined)
      await new Promise((done) => setTimeout(done, pollMs))
    }
  }
  const asking = ask()
  return { got: () => [...got], firstAnswer: first.promise, tooLate: tooLate.promise, rests: () => asking }
}

function readIntroductions(base: string): readonly Introduction[] {
  const path = join(base, 'introductions.jsonl')
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

function withoutUndefined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
