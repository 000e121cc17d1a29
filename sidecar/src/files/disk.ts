/** What can be asked of the disk that ComfyUI writes to? Regular files strictly below one tenant's folder; no link is followed. */
import type { FolderKey } from '@gatehouse/shared/ids'
import type { RootUsage, StorageRoot } from '../policy/own-storage.ts'

export interface DiskFile {
  /** Below the tenant's folder, with `/`. */
  readonly path: string
  readonly bytes: number
  readonly modifiedAtMs: number
}

export interface DiskName {
  readonly root: StorageRoot
  readonly path: string
}

/** Every method throws files_unmanaged, files_unreadable or comfyui_down. */
export interface Disk {
  /** In no order. */
  list(key: FolderKey, root: StorageRoot): Promise<readonly DiskFile[]>
  /** One answer for each name, in order: whether it was there, and is gone. Empty folders stay. */
  remove(key: FolderKey, names: readonly DiskName[]): Promise<readonly boolean[]>
  /** Whether no link on the way to it, or at its end, leads out of the tenant's folder; also for what is not there. */
  staysInside(key: FolderKey, name: DiskName): Promise<boolean>
  /** Sum of those of the names that lie in the temp folder; undefined where that folder is not known. */
  tempUsage(names: readonly string[]): Promise<RootUsage | undefined>
}

/** Looked up at each use: settings may change while the sidecar runs. */
export type FindDisk = () => Disk | undefined

/** Whether a text can be a tenant's folder: nothing else is ever joined to a path. */
export function isFolderKey(key: string): boolean {
  return /^[a-z0-9]{20}$/.test(key)
}
