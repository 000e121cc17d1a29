/** How are tenants' files reached through the folders that the operator names? With lstat on every step down. */
import type { Dirent, Stats } from 'node:fs'
import { lstat, readdir, realpath, stat, unlink } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { GatehouseError } from '../gatehouse-error.ts'
import type { RootUsage, StorageRoot } from '../policy/own-storage.ts'
import { parseOwnPath } from '../transform/rooted-path.ts'
import { type Disk, type DiskFile, isFolderKey } from './disk.ts'

export interface Folders {
  readonly input: string
  readonly output: string
  readonly temp: string | undefined
}

/** Files looked at side by side. */
const batchCount = 64

export function createFolderDisk(folders: Folders): Disk {
  const tenantFolder = (root: StorageRoot, key: string): string => {
    if (!isFolderKey(key)) throw new TypeError('a folder key has another form')
    return join(folders[root], key)
  }
  return {
    list: async (key, root) => {
      const folder = tenantFolder(root, key)
      await requireFolder(folders[root])
      return (await lstatOf(folder))?.isDirectory() === true ? walk(folder, '') : []
    },
    remove: async (key, names) => {
      const removed: boolean[] = []
      for (const { root, path } of names) {
        await requireFolder(folders[root])
        removed.push(await removeFile(tenantFolder(root, key), path))
      }
      return removed
    },
    staysInside: async (key, { root, path }) => {
      const above = await realpath(folders[root]).catch(whenGone<undefined>(undefined))
      if (above === undefined || parseOwnPath(path) === undefined) return true
      return staysInside(tenantFolder(root, key), path.split('/'), join(above, key))
    },
    tempUsage: async (names) => (folders.temp === undefined ? undefined : tempUsage(folders.temp, names)),
  }
}

/** A missing folder would look like a tenant without files. @throws files_unreadable */
async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((cause: unknown) => {
    throw new GatehouseError('files_unreadable', { cause })
  })
  if (!found.isDirectory()) throw new GatehouseError('files_unreadable', { detail: `${folder} is no folder` })
}

async function walk(folder: string, prefix: string): Promise<readonly DiskFile[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch(whenGone<Dirent[]>([]))
  const files: DiskFile[] = []
  // `isFile` and `isDirectory` of an entry are false for a link to one.
  const plain = entries.filter((entry) => entry.isFile()).map(({ name }) => joined(prefix, name))
  for (let from = 0; from < plain.length; from += batchCount) {
    const looked = await Promise.all(plain.slice(from, from + batchCount).map((path) => factsOf(folder, path)))
    files.push(...looked.filter((file) => file !== undefined))
  }
  for (const entry of entries) {
    if (entry.isDirectory()) for (const file of await walk(folder, joined(prefix, entry.name))) files.push(file)
  }
  return files
}

async function factsOf(folder: string, path: string): Promise<DiskFile | undefined> {
  const facts = await lstatOf(join(folder, path))
  if (facts?.isFile() !== true) return undefined
  return { path, bytes: facts.size, modifiedAtMs: Math.floor(facts.mtimeMs) }
}

/** A link on the way, or at its end, is no file of the tenant's, wherever it leads. */
async function removeFile(folder: string, path: string): Promise<boolean> {
  if (parseOwnPath(path) === undefined) return false
  const segments = path.split('/')
  for (let depth = 0; depth < segments.length; depth += 1) {
    const parent = await lstatOf(join(folder, ...segments.slice(0, depth)))
    if (parent?.isDirectory() !== true) return false
  }
  const file = join(folder, ...segments)
  if ((await lstatOf(file))?.isFile() !== true) return false
  return unlink(file).then(() => true, whenGone(false))
}

/** The real path of the last step that is there; a link that leads nowhere could be written through. */
async function staysInside(folder: string, segments: readonly string[], own: string): Promise<boolean> {
  for (let depth = segments.length; depth >= 0; depth -= 1) {
    const place = join(folder, ...segments.slice(0, depth))
    if ((await lstatOf(place)) === undefined) continue
    const real = await realpath(place).catch(whenGone<undefined>(undefined))
    return real !== undefined && (real === own || real.startsWith(`${own}${sep}`))
  }
  return true
}

async function tempUsage(folder: string, names: readonly string[]): Promise<RootUsage> {
  // ComfyUI removes the folder when it ends: then nothing is in it.
  const plain = names.filter((name) => parseOwnPath(name)?.subfolder === '')
  let [files, bytes] = [0, 0]
  for (let from = 0; from < plain.length; from += batchCount) {
    for (const found of await Promise.all(plain.slice(from, from + batchCount).map((name) => factsOf(folder, name)))) {
      files += found === undefined ? 0 : 1
      bytes += found?.bytes ?? 0
    }
  }
  return { files, bytes }
}

function joined(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}/${name}`
}

async function lstatOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(whenGone<undefined>(undefined))
}

/** What went away while it was looked at was not there. @throws files_unreadable */
function whenGone<T>(value: T): (cause: unknown) => T {
  return (cause) => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ELOOP') return value
    throw new GatehouseError('files_unreadable', { cause })
  }
}
