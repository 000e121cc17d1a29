/** Is everything here that a measurement needs? */
import { spawnSync } from 'node:child_process'

/** Ends with a sentence and the cure when a program is missing. */
export function requirePrograms(names: readonly string[]): void {
  const missing = names.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
  if (missing.length === 0) return
  console.error(`The measurement needs ${missing.join(', ')}. On Debian: apt-get install nginx wrk util-linux`)
  process.exit(2)
}
