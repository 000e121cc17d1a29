/** How does a pack replace an older one so that ComfyUI finds one of the two whole at every moment? */
import { randomBytes } from 'node:crypto'
import { cp, lstat, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { GatehouseError } from '../../gatehouse-error.ts'
import { badInput } from '../output.ts'

const packName = 'comfyui-gatehouse'

export interface Placement {
  readonly customNodes: string
  readonly source: string
  readonly link: boolean
}

/** The folder that the pack is in now. @throws bad_input, with what was there before still there */
export async function placePack({ customNodes, source, link }: Placement): Promise<string> {
  const target = join(customNodes, packName)
  if (join(source) === target)
    throw badInput(`The pack in ${target} is the one that would be installed. Nothing to do.`)
  // ComfyUI skips folders with this ending (main.py execute_prestartup_script, nodes.py init_external_custom_nodes, 0.33.0).
  const fresh = `${join(customNodes, packName)}.${randomBytes(6).toString('hex')}.disabled`
  try {
    if (link) await symlink(source, fresh, process.platform === 'win32' ? 'junction' : 'dir')
    else
      await cp(source, fresh, { recursive: true, dereference: true, filter: (path) => !path.endsWith('__pycache__') })
    await exchange(fresh, target)
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true })
    if (cause instanceof GatehouseError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw badInput(
      `The pack could not be put into ${customNodes}: ${reason}. End ComfyUI, or mend the folder's permissions.`,
    )
  }
  return target
}

/** The old pack stays loadable until the new one is in place: a crash in between leaves ComfyUI guarded. */
async function exchange(fresh: string, target: string): Promise<void> {
  const before = await lstat(target).catch(() => undefined)
  if (before === undefined) return rename(fresh, target)
  const old = `${fresh.slice(0, -'.disabled'.length)}.old`
  await rename(target, old)
  try {
    await rename(fresh, target)
  } catch (error) {
    await rename(old, target)
    throw error
  }
  await rename(old, `${old}.disabled`)
  await rm(`${old}.disabled`, { recursive: true, force: true })
}
