/** What does `pnpm test` do? Builds, runs every test that this machine can, and says at the end what it skipped. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findRealComfyui } from '../tests/support/real-comfyui.ts'
import { build } from './build.ts'
import { requireNode24 } from './require-node.ts'

requireNode24()
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const report = join(root, '.cache', 'test-report.json')
mkdirSync(dirname(report), { recursive: true })
rmSync(report, { force: true })

await build({ outDir: join(root, 'dist') })
const run = spawnSync(
  'vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  },
)

const counts = readCounts()
if (findRealComfyui() === undefined) {
  console.log('\nSKIPPED: no real ComfyUI at COMFYUI_DIR or ~/comfy/ComfyUI, so the contract suite and the')
  console.log('end-to-end tests ran against the practice ComfyUI only.')
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = run.status === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

function readCounts(): Counts {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 }
  const json: Record<string, unknown> = JSON.parse(readFileSync(report, 'utf8'))
  const count = (name: string): number => (typeof json[name] === 'number' ? json[name] : 0)
  return { passed: count('numPassedTests'), failed: count('numFailedTests'), skipped: count('numPendingTests') }
}
