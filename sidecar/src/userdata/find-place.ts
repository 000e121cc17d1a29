/** Is something there, without ever following a symbolic link below the root? */
import type { BigIntStats } from 'node:fs'
import { lstat, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { empty } from '../policy/answer.ts'
import type { Place, Places } from './places.ts'
import { Refusal } from './refusal.ts'
import { isAbsent, systemCode } from './storage-error.ts'

export interface Found {
  readonly kind: 'file' | 'directory'
  readonly stats: BigIntStats
}

/**
 * The file or folder at a place; undefined when there is none. A link, a socket or a pipe anywhere on the way counts as
 * nothing: ComfyUI's own nodes, or an unpacked backup, may have put one there that leads out of the tenant's tree.
 */
export async function findPlace(places: Places, place: Place): Promise<Found | undefined> {
  if (place.kind !== 'shared') return findAt(place.path)
  for (let depth = 0; depth < place.segments.length; depth += 1) {
    const found = await findAt(join(places.root, ...place.segments.slice(0, depth)))
    if (found?.kind !== 'directory') return undefined
  }
  return findAt(place.path)
}

/** Makes the folders above a place, mode 0700. @throws Refusal when something that is no folder stands in the way */
export async function makeParents(places: Places, place: Place): Promise<void> {
  if (place.kind !== 'shared') {
    await mkdir(dirname(place.path), { recursive: true, mode: 0o700 })
    return
  }
  await mkdir(places.root, { recursive: true, mode: 0o700 })
  for (let depth = 1; depth < place.segments.length; depth += 1) {
    await makeFolder(join(places.root, ...place.segments.slice(0, depth)))
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw cause
    const stats = await lstat(path)
    if (stats.isSymbolicLink()) throw new Refusal(empty(403), { cause })
    if (!stats.isDirectory()) throw cause
  }
}

async function findAt(path: string): Promise<Found | undefined> {
  try {
    const stats = await lstat(path, { bigint: true })
    if (stats.isFile()) return { kind: 'file', stats }
    return stats.isDirectory() ? { kind: 'directory', stats } : undefined
  } catch (cause) {
    // An over-long path cannot exist; the names that were judged are short, the data directory may not be.
    if (isAbsent(cause) || systemCode(cause) === 'ENAMETOOLONG') return undefined
    throw cause
  }
}
