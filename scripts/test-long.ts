/** What does `pnpm test:long` do? Tells ten thousand stories, or as many as asked for, and looks for interference. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from './build.ts'
import { requireNode24 } from './require-node.ts'

requireNode24()
const root = dirname(dirname(fileURLToPath(import.meta.url)))
// pnpm hands `--` on.
const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((word) => word !== '--'),
  options: { seed: { type: 'string' } },
  allowPositionals: true,
})
const storyCount = Number(positionals[0] ?? 10_000)
const seed = Number(values.seed ?? Date.now() % 0x7fff_ffff)
if (!Number.isInteger(storyCount) || storyCount < 1 || !Number.isInteger(seed)) {
  console.error('Say how many stories, and from which seed: pnpm test:long 500 --seed 7')
  process.exit(2)
}

await build({ outDir: join(root, 'dist') })
// One seed alone runs in one process, so that a printed seed leads to the same stories again.
const count = values.seed === undefined ? Math.min(availableParallelism(), storyCount) : 1
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const runs = Array.from({ length: count }, async (_, at) => {
  const share = Math.floor(storyCount / count) + (at < storyCount % count ? 1 : 0)
  const args = [vitest, 'run', '--project', 'system', 'tests/property/non-interference.test.ts']
  const env = { ...process.env, GATEHOUSE_STORIES: String(share), GATEHOUSE_SEED: String(seed + at) }
  const [code] = await once(spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' }), 'exit')
  return code === 0
})
process.exitCode = (await Promise.all(runs)).every(Boolean) ? 0 : 1
