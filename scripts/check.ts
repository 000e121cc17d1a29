/** Is the tree in order? Format, lint, types, unit and architecture tests, dead code, generated files fresh. */
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { requireNode24 } from './require-node.ts'

requireNode24()
const root = dirname(dirname(fileURLToPath(import.meta.url)))

const steps: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['format and lint', 'biome', ['check', '--error-on-warnings', '.']],
  ['types: shared', 'tsc', ['-p', 'shared']],
  ['types: sidecar', 'tsc', ['-p', 'sidecar']],
  ['types: extension', 'tsc', ['-p', 'extension']],
  ['types: web', 'tsc', ['-p', 'web']],
  ['types: tests', 'tsc', ['-p', 'tests']],
  ['dead code', 'knip', []],
  ['generated files', 'node', ['scripts/generate.ts', '--check']],
  ['unit and architecture', 'vitest', ['run', '--project', 'unit']],
]

for (const [name, command, args] of steps) {
  const started = performance.now()
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (result.status !== 0) {
    console.error(`check: ${name} failed after ${seconds} s`)
    process.exit(1)
  }
  console.log(`check: ${name} ok (${seconds} s)`)
}
