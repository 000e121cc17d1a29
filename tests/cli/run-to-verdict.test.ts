/** Does `pnpm test` come to its end when the test runner has its verdict and does not go? */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runToVerdict } from '../../scripts/test/run-to-verdict.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-verdict-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (script: string) =>
  runToVerdict({ args: ['-e', script], cwd: folder, outcomePath: join(folder, 'outcome'), graceMs: 300 })
const says = (verdict: string) => `require('node:fs').writeFileSync(process.env.GATEHOUSE_TEST_OUTCOME, '${verdict}');`
/** No timer, no signal and no end of work moves a thread that sleeps like this. */
const hangs = 'process.on("SIGTERM", () => {}); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'

it.each([
  ['passed', true],
  ['failed', false],
])('a runner that said %s and hangs is ended, and its word holds', async (verdict, isGood) => {
  expect(await run(`${says(verdict)} ${hangs}`)).toBe(isGood)
})

it.each([
  ['goes with 0', 'process.exit(0)', true],
  ['goes with 1 after all', `${says('passed')} process.exit(1)`, false],
  ['is killed by something else', `${says('passed')} process.kill(process.pid, 'SIGKILL')`, false],
  ['goes with 1 before a verdict', 'process.exit(1)', false],
])('a runner that %s is judged by how it went', async (_, script, isGood) => {
  expect(await run(script)).toBe(isGood)
})
