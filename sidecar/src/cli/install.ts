/** `gatehouse install`: how does the built pack get into a ComfyUI, whole or not at all, with a Node to run it? */
import { resolve } from 'node:path'
import { readEnvironment } from '../config/env.ts'
import { bringNode } from './install/bring-node.ts'
import { checkPack, findCustomNodes } from './install/check-folders.ts'
import { findInterpreter } from './install/interpreter.ts'
import { placePack } from './install/place-pack.ts'

export interface InstallOptions {
  /** A ComfyUI, or the folder that one is given as --base-directory. */
  readonly comfyuiDirectory: string
  /** Links to the source instead of copying it, for development. */
  readonly link: boolean
  /** The built folder `comfyui-gatehouse`. */
  readonly packSource: string
  /** ComfyUI's interpreter, where it cannot be found by its usual places. */
  readonly python?: string
  readonly log: (line: string) => void
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Node comes first: a pack without one would keep ComfyUI from starting. @throws bad_input with the cure */
export async function installPack(options: InstallOptions): Promise<void> {
  const env = options.env ?? readEnvironment().inherited()
  const directory = resolve(options.comfyuiDirectory)
  const source = resolve(options.packSource)
  const customNodes = await findCustomNodes(directory)
  await checkPack(source)
  const python = await findInterpreter({ directory, named: options.python, env })
  if (python !== undefined) await python.compile(source)
  await bringNode({ python, source, env, log: options.log })
  const target = await placePack({ customNodes, source, link: options.link })
  options.log(`The pack is in ${target}. Restart ComfyUI: it prints the link that creates the owner.`)
}
