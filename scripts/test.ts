/** What does `pnpm test` do? Builds, runs every test that this machine can, and says at the end what it skipped. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findRealComfyui } from '../tests/support/real-comfyui.ts'
import { build } from './build.ts'
import { requireNode24 } from './require-node.ts'
import { countTests, describeFailed, describeRetried, describeSkipped } from './test/report.ts'

requireNode24()
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const report = join(root, '.cache', 'test-report.json')
mkdirSync(dirname(report), { recursive: true })
rmSync(report, { force: true })

await build({ outDir: join(root, 'dist') })
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
// pnpm hands `--` on.
const filters = process.argv.slice(2).filter((word) => word !== '--')
const run = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...filters], { cwd: root, stdio: 'inherit' })

const results = existsSync(report) ? readFileSync(report, 'utf8') : undefined
const { passed, failed, skipped } = countTests(results)
for (const line of describeSkipped(results, root)) console.log(line)
if (findRealComfyui() === undefined) {
  console.log('\nSKIPPED: no real ComfyUI at COMFYUI_DIR or ~/comfy/ComfyUI, so the contract suite and the')
  console.log('end-to-end tests ran against the practice ComfyUI only.')
}
const isGood = run.status === 0 && failed === 0 && passed > 0
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
