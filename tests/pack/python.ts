/** Is there a Python on this machine, and what does a function of the pack answer in it? */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { findRealComfyui } from '../support/real-comfyui.ts'

export const packFolder = fileURLToPath(new URL('../../extension/pack', import.meta.url))

/** ComfyUI's interpreter, else the machine's: the pure parts of the pack need the standard library only. */
export function findPython(): string | undefined {
  const candidates = [findRealComfyui()?.python, 'python3', 'python'].filter((path) => path !== undefined)
  return candidates.find((path) => {
    try {
      execFileSync(path, ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
}

/** Runs Python with the pack on its path and `given` as a JSON value; what it prints is read as JSON. */
export function runPython(code: string, given: unknown, env: Readonly<Record<string, string>> = {}): unknown {
  const python = findPython()
  if (python === undefined) throw new Error('no Python 3.10 or newer')
  const program = `import json, sys\nsys.path.insert(0, ${JSON.stringify(packFolder)})\ngiven = json.load(sys.stdin)\n${code}`
  const printed = execFileSync(python, ['-B', '-c', program], {
    input: JSON.stringify(given),
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  return JSON.parse(printed)
}
