/** How do files that ComfyUI had before Gatehouse come to belong to a tenant? Moved into its folder, nothing overwritten, no link followed. */
import { constants, type Dirent } from 'node:fs'
import { copyFile, link, lstat, mkdir, readdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseOwnPath } from '../transform/rooted-path.ts'
import { isFolderKey } from './disk.ts'

export interface ClaimPlan {
  /** Files that get an owner, below the folder, with `/`. */
  readonly claimed: readonly string[]
  /** Files that stay where they are, and why. */
  readonly left: readonly { readonly path: string; readonly why: string }[]
}

export interface ClaimOptions {
  readonly from: string
  readonly to: string
  /** `copy` leaves the original, for a ComfyUI that goes on without Gatehouse. */
  readonly how: 'move' | 'copy'
  readonly isDryRun: boolean
  /** Files that are meant; all of them when left out. */
  readonly only?: (path: string) => boolean
}

/** Folders of other tenants and hidden files are not looked into. */
export async function claimFolder({ from, to, how, isDryRun, only = () => true }: ClaimOptions): Promise<ClaimPlan> {
  const claimed: string[] = []
  const left: { path: string; why: string }[] = []
  for (const { path, entry } of await walk(from, '')) {
    if (!only(path)) continue
    const why = await whyLeft(entry, path, join(to, path))
    if (why !== undefined) left.push({ path, why })
    else if (isDryRun || (await take(join(from, path), join(to, path), how))) claimed.push(path)
    else left.push({ path, why: 'another file of that name came in between' })
  }
  return { claimed, left }
}

interface Found {
  readonly path: string
  readonly entry: Dirent
}

async function walk(folder: string, prefix: string): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    if (entry.name.startsWith('.') || (prefix === '' && isFolderKey(entry.name))) continue
    if (entry.isDirectory()) found.push(...(await walk(folder, path)))
    else found.push({ path, entry })
  }
  return found
}

async function whyLeft(entry: Dirent, path: string, target: string): Promise<string | undefined> {
  if (entry.isSymbolicLink()) return 'it is a link'
  if (!entry.isFile()) return 'it is no file'
  if (parseOwnPath(path) === undefined) return 'its name cannot be one here'
  const there = await lstat(target).catch(() => undefined)
  return there === undefined ? undefined : 'the owner has a file of that name'
}

/** A hard link fails where a file is there already, which a rename would replace. */
async function take(source: string, target: string, how: 'move' | 'copy'): Promise<boolean> {
  await mkdir(dirname(target), { recursive: true })
  try {
    if (how === 'copy') await copyFile(source, target, constants.COPYFILE_EXCL)
    else await linkOrCopy(source, target)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
  if (how === 'move') await unlink(source)
  return true
}

/** Some file systems have no hard links. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw error
    await copyFile(source, target, constants.COPYFILE_EXCL)
  }
}
