/** Is a real ComfyUI on this machine, and how does a test run one of its own? */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'

const startTimeoutMs = 180_000
const pollMs = 250
const baseFolders = ['custom_nodes', 'input', 'output', 'temp', 'user', 'models']
const running = new Set<ChildProcess>()

export interface RealComfyuiPlace {
  readonly directory: string
  readonly python: string
  readonly version: string
}

export interface RealComfyuiOptions {
  /** Folders of packs, copied into this instance's own custom_nodes. */
  readonly customNodes?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly port?: number
}

export interface RealComfyui extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly baseDirectory: string
  readonly process: ChildProcess
  /** Everything it wrote to stdout and stderr so far. */
  readonly log: () => string
  readonly close: () => Promise<void>
}

/** The ComfyUI at COMFYUI_DIR or ~/comfy/ComfyUI with an interpreter; undefined when there is none. */
export function findRealComfyui(environment: NodeJS.ProcessEnv = process.env): RealComfyuiPlace | undefined {
  const directory = resolve(environment.COMFYUI_DIR || join(homedir(), 'comfy', 'ComfyUI'))
  if (!existsSync(join(directory, 'main.py'))) return undefined
  const python = environment.COMFYUI_PYTHON || findInterpreter(directory)
  if (python === undefined) return undefined
  return { directory, python, version: readVersion(directory) }
}

/** What a suite prints when the half that needs a real ComfyUI is skipped. */
export const noRealComfyui =
  'SKIPPED: no real ComfyUI was found at COMFYUI_DIR or ~/comfy/ComfyUI (with an interpreter at COMFYUI_PYTHON, ../venv, venv or .venv).'

/** A real ComfyUI on a free port with a base directory of its own, once it answers. */
export async function startRealComfyui(options: RealComfyuiOptions = {}): Promise<RealComfyui> {
  const place = findRealComfyui()
  if (place === undefined) throw new Error(noRealComfyui)
  const baseDirectory = mkdtempSync(join(tmpdir(), 'gatehouse-comfyui-'))
  for (const folder of baseFolders) mkdirSync(join(baseDirectory, folder))
  for (const pack of options.customNodes ?? []) {
    cpSync(pack, join(baseDirectory, 'custom_nodes', basename(pack)), { recursive: true, dereference: true })
  }
  const port = options.port ?? (await freePort())
  const [command, ...before] = [...endsWithParent(), place.python]
  const child = spawn(
    command ?? place.python,
    [...before, 'main.py', ...ownArguments(port, baseDirectory), ...(options.args ?? [])],
    {
      cwd: place.directory,
      // A process group of its own, so that closing reaches what it started.
      detached: process.platform !== 'win32',
      env: { ...process.env, PYTHONUNBUFFERED: '1', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  running.add(child)
  let text = ''
  const remember = (chunk: Buffer) => {
    text += chunk.toString('utf8')
  }
  child.stdout.on('data', remember)
  child.stderr.on('data', remember)
  const url = `http://127.0.0.1:${port}`
  const close = async () => {
    await killTree(child)
    rmSync(baseDirectory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
  try {
    await answers(url, child, () => text)
  } catch (error) {
    await close()
    throw error
  }
  return { url, port, baseDirectory, process: child, log: () => text, close, [Symbol.asyncDispose]: close }
}

/** A test process that is killed closes nothing: where the system can, its ComfyUI, half a gigabyte each, goes with it. */
function endsWithParent(): readonly string[] {
  const setpriv = '/usr/bin/setpriv'
  return process.platform === 'linux' && existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL'] : []
}

/** With a database of its own: by default all instances share one, beside the code and not in the base directory. */
function ownArguments(port: number, baseDirectory: string): readonly string[] {
  const database = `sqlite:///${join(baseDirectory, 'user', 'comfyui.db')}`
  return ['--cpu', '--port', String(port), '--base-directory', baseDirectory, '--database-url', database]
}

function findInterpreter(directory: string): string | undefined {
  const folders = [join(directory, '..', 'venv'), join(directory, 'venv'), join(directory, '.venv')]
  const names = process.platform === 'win32' ? [join('Scripts', 'python.exe')] : [join('bin', 'python')]
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path))
}

function readVersion(directory: string): string {
  const file = join(directory, 'comfyui_version.py')
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return /__version__\s*=\s*"([^"]+)"/.exec(text)?.[1] ?? 'unknown'
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer()
    probe.once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => done(port))
    })
  })
}

async function answers(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`ComfyUI ended before it answered (exit code ${child.exitCode}). Its last lines:\n${tail(log())}`)
    }
    // A guarded ComfyUI answers 401: it is up all the same.
    const answer = await fetch(`${url}/system_stats`).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer !== undefined) return
    await new Promise((done) => setTimeout(done, pollMs))
  }
  throw new Error(`ComfyUI did not answer within ${startTimeoutMs / 1000} s. Its last lines:\n${tail(log())}`)
}

function tail(text: string): string {
  return text.trimEnd().split('\n').slice(-25).join('\n')
}

async function killTree(child: ChildProcess): Promise<void> {
  running.delete(child)
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  signalTree(child.pid)
  await ended
}

function signalTree(pid: number): void {
  try {
    if (process.platform === 'win32') execFileSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' })
    else process.kill(-pid, 'SIGKILL')
  } catch {
    // Already gone: nothing is left to end.
  }
}

process.on('exit', () => {
  for (const child of running) if (child.pid !== undefined) signalTree(child.pid)
})
