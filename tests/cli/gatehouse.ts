/** How is the command line run in a test? As people run it: a child process from source, over a data directory of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const mainFile = join(repositoryRoot, 'sidecar', 'src', 'cli', 'main.ts')
const patienceMs = 60_000

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A program that is running, with everything it wrote so far. */
export interface Running extends AsyncDisposable {
  readonly process: ChildProcessWithoutNullStreams
  readonly stdout: () => string
  readonly stderr: () => string
  /** The first match in what it writes; rejects when it ends without one. */
  readonly says: (what: RegExp) => Promise<RegExpExecArray>
  readonly ended: Promise<Ran>
}

/** Only what a program needs to run at all: no setting of the machine may decide a test. */
export function bareEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = ['PATH', 'HOME', 'USERPROFILE', 'LOCALAPPDATA', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'LANG']
  const own = kept.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(own), ...more }
}

export function startProgram(command: string, args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(command, args, { cwd: repositoryRoot, env: bareEnvironment(options.env), stdio: 'pipe' })
  const written = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
      for (const look of [...waiting]) look()
    })
  }
  const ended = once(child, 'close').then(([code, signal]): Ran => ({ code, signal, ...written }))
  if (options.stdin !== undefined) {
    // It may refuse its arguments before it reads.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.stdin)
  }
  return {
    process: child,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    ended,
    says: (what) => says(what, written, waiting, ended),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function says(
  what: RegExp,
  written: { readonly stdout: string; readonly stderr: string },
  waiting: Set<() => void>,
  ended: Promise<Ran>,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const give = (why: string) => {
      settle()
      reject(new Error(`${why} without saying ${what}:\n${written.stdout}\n${written.stderr}`))
    }
    const timer = setTimeout(() => give('it went on'), patienceMs)
    const settle = () => {
      clearTimeout(timer)
      waiting.delete(look)
    }
    const look = () => {
      const found = what.exec(written.stdout) ?? what.exec(written.stderr)
      if (found === null) return
      settle()
      resolve(found)
    }
    waiting.add(look)
    look()
    void ended.then(() => give('it ended'))
  })
}

/** Starts one command and leaves it running. */
export function startGatehouse(args: readonly string[], options: RunOptions = {}): Running {
  return startProgram(process.execPath, [mainFile, ...args], options)
}

/** Runs one command to its end. */
export function gatehouse(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return startGatehouse(args, { stdin: '', ...options }).ended
}

export interface Up extends Running {
  readonly address: string
  readonly port: number
}

/** `gatehouse up` on a free port, once it said its address. */
export async function startUp(args: readonly string[], options: RunOptions = {}): Promise<Up> {
  const running = startGatehouse(['up', '--listen', '127.0.0.1:0', ...args], options)
  const [, address = ''] = await running.says(/Gatehouse is at (http\S+)/)
  return { ...running, address, port: Number(new URL(address).port) }
}

/** A port nobody listens on; whoever is asked there refuses the connection. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}

/** Whether anybody listens there. */
export async function listens(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health`).then(
    () => true,
    () => false,
  )
}
