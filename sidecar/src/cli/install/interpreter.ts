/** Which Python runs this ComfyUI, and can it read the pack? */
import { isAbsolute, join } from 'node:path'
import { badInput } from '../output.ts'
import { exists } from './check-folders.ts'
import { runProgram } from './run-program.ts'

const answerTimeoutMs = 60_000
// aiohttp is what ComfyUI cannot run without and what a system Python rarely has.
const isComfyuis = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("aiohttp") is None)'
const compileAll = `import pathlib, sys
if sys.version_info < (3, 10):
    sys.exit("ComfyUI runs on Python %d.%d, and the pack needs 3.10" % sys.version_info[:2])
for path in pathlib.Path(sys.argv[1]).rglob("*.py"):
    compile(path.read_bytes(), str(path), "exec")`

export interface Interpreter {
  readonly path: string
  /** @throws bad_input when it cannot read one of the pack's files */
  readonly compile: (pack: string) => Promise<void>
}

export interface InterpreterSearch {
  readonly directory: string
  readonly named: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Undefined when none of the usual places has one. @throws bad_input for a named one that cannot be ComfyUI's */
export async function findInterpreter({ directory, named, env }: InterpreterSearch): Promise<Interpreter | undefined> {
  const chosen = named ?? (env.COMFYUI_PYTHON || undefined)
  for (const path of chosen === undefined ? usualPlaces(directory, env) : [chosen]) {
    if (isAbsolute(path) && !(await exists(path))) continue
    const { exitCode } = await runProgram({ command: path, args: ['-c', isComfyuis], env, timeoutMs: answerTimeoutMs })
    if (exitCode === 0) return { path, compile: (pack) => compilePack(path, pack, env) }
  }
  if (chosen === undefined) return undefined
  throw badInput(`${chosen} is not the Python that runs ComfyUI (it lacks aiohttp). Name the one ComfyUI starts with.`)
}

async function compilePack(python: string, pack: string, env: InterpreterSearch['env']): Promise<void> {
  const args = ['-B', '-c', compileAll, pack]
  const { exitCode, output } = await runProgram({ command: python, args, env, timeoutMs: answerTimeoutMs })
  if (exitCode === 0) return
  const last = output.trim().split('\n').at(-1) ?? ''
  throw badInput(`ComfyUI's Python (${python}) cannot read the pack: ${last}. Nothing was installed; build it again.`)
}

function usualPlaces(directory: string, env: InterpreterSearch['env']): readonly string[] {
  const windows = process.platform === 'win32'
  const folders = [
    join(directory, '.venv'),
    join(directory, 'venv'),
    join(directory, '..', '.venv'),
    join(directory, '..', 'venv'),
    ...[env.VIRTUAL_ENV, env.CONDA_PREFIX].filter((folder) => folder !== undefined && folder !== ''),
  ]
  const inFolder = (folder: string) => (windows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python'))
  // The portable build of ComfyUI spells it so.
  const portable = windows ? [join(directory, '..', 'python_embeded', 'python.exe')] : []
  return [...portable, ...folders.filter((folder) => folder !== undefined).map(inFolder), 'python3', 'python']
}
