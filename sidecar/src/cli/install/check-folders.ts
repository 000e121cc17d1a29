/** Is the one folder a ComfyUI, and the other a whole pack? */
import { access, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { badInput } from '../output.ts'

const packFiles = [
  'prestartup_script.py',
  '__init__.py',
  'gatehouse.mjs',
  'requirements.txt',
  'gatehouse_pack/launch.py',
]

/** The folder that ComfyUI loads packs from. @throws bad_input */
export async function findCustomNodes(directory: string): Promise<string> {
  if (!(await isDirectory(directory))) throw badInput(`${directory} is no folder. Name the folder that holds main.py.`)
  const customNodes = join(directory, 'custom_nodes')
  if ((await exists(join(directory, 'main.py'))) && (await exists(join(directory, 'folder_paths.py')))) {
    await mkdir(customNodes, { recursive: true })
    return customNodes
  }
  // With --base-directory, and in the desktop application, packs live apart from the program.
  if ((await isDirectory(customNodes)) && (await isDirectory(join(directory, 'models')))) return customNodes
  throw badInput(
    `${directory} is no ComfyUI: it has neither main.py nor custom_nodes beside models. Name another folder.`,
  )
}

/** @throws bad_input when a file of the pack is missing */
export async function checkPack(source: string): Promise<void> {
  for (const file of packFiles) {
    if (!(await exists(join(source, file)))) {
      throw badInput(`The pack in ${source} lacks ${file}. Build it again: pnpm build.`)
    }
  }
}

export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
