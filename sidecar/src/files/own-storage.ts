/** What does a tenant keep, and how does it get rid of it? The disk, seen from one tenant's folder. */
import type { FolderKey, TenantId } from '@gatehouse/shared/ids'
import { GatehouseError } from '../gatehouse-error.ts'
import type { OwnStorage, RootUsage, StorageRoot, StoredFacts } from '../policy/own-storage.ts'
import type { FileName, OwnFiles } from '../policy/world.ts'
import type { FileStore } from '../store/file-store.ts'
import { joinPath, parseOwnPath } from '../transform/rooted-path.ts'
import type { Disk, DiskFile, FindDisk } from './disk.ts'
import { createSharedWalk, type ShareWalk } from './shared-walk.ts'

export interface StorageDependencies {
  readonly worker: string
  readonly findDisk: FindDisk
  readonly files: Pick<FileStore, 'forget' | 'upstreamTempNames'>
}

interface StorageOwner {
  readonly id: TenantId
  readonly folderKey: FolderKey
}

export function createOwnStorage({ worker, findDisk, files }: StorageDependencies, tenant: StorageOwner): OwnStorage {
  const requireDisk = (): Disk => {
    const disk = findDisk()
    if (disk === undefined) throw new GatehouseError('files_unmanaged')
    return disk
  }
  return {
    worker,
    page: async ({ root, after, limit }) => {
      const from = after === undefined ? undefined : parseCursor(after)
      const all = (await walked(findDisk, requireDisk(), tenant, root)).facts
      const rest = from === undefined ? all : all.filter((file) => isAfter(file, from))
      const page = rest.slice(0, limit)
      const last = rest.length > limit ? page.at(-1) : undefined
      return { files: page, next: last === undefined ? undefined : cursorOf(last) }
    },
    remove: async (named) => {
      // What is no name of an own file stays in its place, and is not there.
      const paths = named.map(({ root, subfolder, filename }) => ({ root, path: ownPath(subfolder, filename) }))
      const known = paths.flatMap(({ root, path }) => (path === undefined ? [] : [{ root, path }]))
      const removed = await requireDisk().remove(tenant.folderKey, known)
      const answers = removed.values()
      const results = paths.map(({ path }) => path !== undefined && answers.next().value === true)
      const gone = named.filter((_file, index) => results[index] === true)
      await files.forget(
        tenant.id,
        gone.map(({ root, subfolder, filename }) => ({ root, subfolder, filename })),
      )
      return results
    },
    usageOf: async (root) => sum((await walked(findDisk, requireDisk(), tenant, root)).files),
    previewUsage: async () => requireDisk().tempUsage(await files.upstreamTempNames(tenant.id)),
  }
}

/** The listings that ComfyUI's own routes show: what lies on the disk, or what the ledger knows where it cannot be seen. */
export function withDiskListing(own: OwnFiles, findDisk: FindDisk, tenant: StorageOwner): OwnFiles {
  return {
    ...own,
    list: async (root) => {
      const disk = findDisk()
      if (disk === undefined) return own.list(root)
      try {
        return (await walked(findDisk, disk, tenant, root)).facts.map(nameOnly)
      } catch (error) {
        // Without its folders, or without ComfyUI, own names are still own names.
        if (error instanceof GatehouseError) return own.list(root)
        throw error
      }
    },
  }
}

interface Walked {
  /** Also those whose names could not be used again. */
  readonly files: readonly DiskFile[]
  readonly facts: readonly StoredFacts[]
}

/** By worker, whose one finder lives as long as it does. */
const walks = new WeakMap<FindDisk, ShareWalk<Walked>>()

function walked(findDisk: FindDisk, disk: Disk, { folderKey }: StorageOwner, root: StorageRoot): Promise<Walked> {
  const share = walks.get(findDisk) ?? createSharedWalk<Walked>()
  walks.set(findDisk, share)
  return share(`${root}/${folderKey}`, async () => {
    const files = await disk.list(folderKey, root)
    return { files, facts: ownFacts(root, files) }
  })
}

function nameOnly({ root, subfolder, filename }: StoredFacts): FileName {
  return { root, subfolder, filename }
}

function ownPath(subfolder: string, filename: string): string | undefined {
  const path = parseOwnPath(joinPath(subfolder, filename))
  // A filename with a slash would be another file than the one that was named.
  return path?.filename === filename ? joinPath(path.subfolder, path.filename) : undefined
}

/** Newest first; names that could not be used again are left out. */
function ownFacts(root: StorageRoot, files: readonly DiskFile[]): readonly StoredFacts[] {
  const facts = files.flatMap(({ path, bytes, modifiedAtMs }) => {
    const named = parseOwnPath(path)
    return named === undefined ? [] : [{ root, ...named, bytes, modifiedAtMs }]
  })
  return facts.sort((a, b) => b.modifiedAtMs - a.modifiedAtMs || compareText(pathOf(a), pathOf(b)))
}

interface Cursor {
  readonly modifiedAtMs: number
  readonly path: string
}

function isAfter(file: StoredFacts, { modifiedAtMs, path }: Cursor): boolean {
  if (file.modifiedAtMs !== modifiedAtMs) return file.modifiedAtMs < modifiedAtMs
  return compareText(pathOf(file), path) > 0
}

function pathOf({ subfolder, filename }: StoredFacts): string {
  return joinPath(subfolder, filename)
}

/** By code unit: the order must be the same on every page, whatever the locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function cursorOf(file: StoredFacts): string {
  return Buffer.from(`${file.modifiedAtMs}/${pathOf(file)}`).toString('base64url')
}

function parseCursor(text: string): Cursor {
  const match = /^(-?\d{1,16})\/(.+)$/su.exec(Buffer.from(text, 'base64url').toString('utf8'))
  if (match === null) throw new GatehouseError('bad_input', { message: 'The parameter after is not from a page.' })
  return { modifiedAtMs: Number(match[1]), path: match[2] ?? '' }
}

function sum(files: readonly DiskFile[]): RootUsage {
  return { files: files.length, bytes: files.reduce((bytes, file) => bytes + file.bytes, 0) }
}
