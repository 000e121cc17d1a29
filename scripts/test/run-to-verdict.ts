/** How does a test run end that has its verdict and does not go? The program that gave it is ended for it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { outcomeVariable } from './outcome-reporter.ts'

export interface TestRun {
  /** Of `process.execPath`. */
  readonly args: readonly string[]
  readonly cwd: string
  /** Where the program writes its verdict. */
  readonly outcomePath: string
  /** How long it may take to go once the verdict is there. */
  readonly graceMs: number
}

/**
 * Whether the tests passed. Vite's bundler is native code whose threads may keep a finished process for ever, now and
 * then: what it proved counts all the same.
 */
export async function runToVerdict({ args, cwd, outcomePath, graceMs }: TestRun): Promise<boolean> {
  rmSync(outcomePath, { force: true })
  const env = { ...process.env, [outcomeVariable]: outcomePath }
  const child = spawn(process.execPath, args, { cwd, env, stdio: 'inherit' })
  const watch = watchForOutcome(child, outcomePath, graceMs)
  const [code] = await once(child, 'exit')
  const wasEnded = watch.stop()
  if (!wasEnded) return code === 0
  console.log(`\nThe test runner was done and did not go within ${graceMs / 1000} s, so it was ended.`)
  return readFileSync(outcomePath, 'utf8') === 'passed'
}

/** `stop()` says whether `child` had to be ended. */
function watchForOutcome(child: ChildProcess, outcomePath: string, graceMs: number): { stop(): boolean } {
  let wasEnded = false
  let grace: NodeJS.Timeout | undefined
  const look = setInterval(() => {
    if (!existsSync(outcomePath)) return
    clearInterval(look)
    grace = setTimeout(() => {
      wasEnded = child.kill('SIGKILL')
    }, graceMs)
  }, 100)
  return {
    stop: () => {
      clearInterval(look)
      clearTimeout(grace)
      return wasEnded
    },
  }
}
