/** Is the pack written in the Python of its oldest ComfyUI? Whatever Python runs it here. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findPython } from './python.ts'

const pack = join(import.meta.dirname, '../../extension/pack')
/** Prints each file that the grammar of 3.10 does not know. */
const program = `
import ast, sys
for path in sys.argv[1:]:
    try:
        ast.parse(open(path, encoding="utf-8").read(), path, feature_version=(3, 10))
    except SyntaxError as error:
        print(path, error)
`
const python = findPython()

function judged(...files: readonly string[]): string {
  return execFileSync(python ?? '', ['-c', program, ...files], { encoding: 'utf8' })
}

it.skipIf(python === undefined)('every file of the pack reads as Python 3.10', () => {
  const files = readdirSync(pack, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.py'))
  expect(files.length).toBeGreaterThan(8)
  expect(judged(...files.map((file) => join(pack, file)))).toBe('')
})
