/** What does `pnpm test` do? Builds, runs every test that this machine can, and says at the end what it skipped. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findRealComfyui } from '../tests/support/real-comfyui.ts'
import { build } from './build.ts'
import { requireNode24 } from './require-node.ts'
import { countTests, describeFailed, describeRetried, describeSkipped } from './test/report.ts'
import { runToVerdict } from './test/run-to-verdict.ts'

requireNode24()
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const report = join(root, '.cache', 'test-report.json')
mkdirSync(dirname(report), { recursive: true })
rmSync(report, { force: true })

await build({ outDir: join(root, 'dist') })
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const outcomeReporter = join(root, 'scripts', 'test', 'outcome-reporter.ts')
const reporters = ['default', 'json', outcomeReporter].map((name) => `--reporter=${name}`)
// pnpm hands `--` on.
const filters = process.argv.slice(2).filter((word) => word !== '--')
const hasPassed = await runToVerdict({
  args: [vitest, 'run', ...reporters, `--outputFile.json=${report}`, ...filters],
  ...{ cwd: root, outcomePath: join(root, '.cache', 'test-outcome'), graceMs: 30_000 },
})

const results = existsSync(report) ? readFileSync(report, 'utf8') : undefined
const { passed, failed, skipped } = countTests(results)
for (const line of describeSkipped(results, root)) console.log(line)
if (findRealComfyui() === undefined) {
  console.log('\nSKIPPED: no real ComfyUI at COMFYUI_DIR or ~/comfy/ComfyUI, so the contract suite and the')
  console.log('end-to-end tests ran against the practice ComfyUI only.')
}
const isGood = hasPassed && failed === 0 && passed > 0
if (!isGood && failed === 0) {
  console.log(
    passed + skipped === 0
      ? '\nNo test ran: correct the names behind `pnpm test`, or leave them away.'
      : '\nThe run itself failed; the reason stands above, under "Unhandled Errors" or at the end.',
  )
}
for (const line of describeRetried(results, root)) console.log(line)
for (const line of describeFailed(results, root)) console.log(line)
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = isGood ? 0 : 1
