/** What did a short program say, and did it end well? */
import { spawn } from 'node:child_process'

export interface ProgramAnswer {
  /** Undefined when it could not be started, or ended by a signal. */
  readonly exitCode: number | undefined
  readonly output: string
}

export interface ProgramRun {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timeoutMs: number
}

/** Never rejects. */
export function runProgram({ command, args, env, timeoutMs }: ProgramRun): Promise<ProgramAnswer> {
  return new Promise((done) => {
    const child = spawn(command, args, { env: { ...env }, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const hear = (chunk: Buffer) => {
      output += chunk.toString('utf8')
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', (error) => done({ exitCode: undefined, output: error.message }))
    child.once('close', (code) => done({ exitCode: code ?? undefined, output }))
  })
}
