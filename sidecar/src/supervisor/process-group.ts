/** How does a program start and end together with everything it started itself? */
import { type ChildProcess, spawn } from 'node:child_process'
import type { ChildCommand } from './child-command.ts'

export interface ProcessGroup {
  /** Settles when the program itself ended, or could not be started at all. */
  readonly ended: Promise<SupervisedEnd>
  /** Ends the whole group: politely, and after `graceMs` for certain. */
  readonly end: (graceMs: number) => Promise<void>
}

export interface SupervisedEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Why it could not be started. */
  readonly failure: Error | undefined
}

/** The open stdin is the program's life line: the pack ends ComfyUI when this process is killed and it closes. */
export function startProcessGroup({ command, args, env }: ChildCommand): ProcessGroup {
  const child = spawn(command, args, {
    env,
    // A group of its own on POSIX: Ctrl-C reaches the sidecar alone, which then ends the group in order.
    detached: process.platform !== 'win32',
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  child.stdin.on('error', () => {})
  const ended = new Promise<SupervisedEnd>((done) => {
    child.once('exit', (code, signal) => done({ code, signal, failure: undefined }))
    child.once('error', (failure) => done({ code: null, signal: null, failure }))
  })
  return { ended, end: (graceMs) => endGroup(child, ended, graceMs) }
}

async function endGroup(child: ChildProcess, ended: Promise<SupervisedEnd>, graceMs: number): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  if (process.platform === 'win32') {
    // Windows has neither groups nor polite signals; taskkill walks the tree.
    spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' }).on('error', () => child.kill())
    await ended
    return
  }
  // ComfyUI clears its temp folder on SIGINT and on no other signal (main.py, 0.33.0).
  signalGroup(pid, 'SIGINT')
  const forced = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs)
  await ended
  clearTimeout(forced)
  // What the program left behind in its group ends with it.
  signalGroup(pid, 'SIGKILL')
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: the group is empty already.
  }
}
