/** What does one tenant keep on ComfyUI's disk? Own files with their sizes, their removal, and their sum. */
import type { FileName } from './world.ts'

export type StorageRoot = 'input' | 'output'

/** A file to be named again, as ComfyUI names it. */
export interface StoredName extends FileName {
  readonly root: StorageRoot
}

export interface StoredFacts extends StoredName {
  readonly bytes: number
  readonly modifiedAtMs: number
}

export interface StoragePage {
  /** Newest first. */
  readonly files: readonly StoredFacts[]
  /** For `after`; undefined on the last page. */
  readonly next: string | undefined
}

export interface RootUsage {
  readonly files: number
  readonly bytes: number
}

/** Bound to one tenant. Every method throws files_unmanaged, files_unreadable or comfyui_down. */
export interface OwnStorage {
  /** Whose disk it is. */
  readonly worker: string
  /** @throws bad_input for an `after` that no page gave */
  page(wanted: { readonly root: StorageRoot; readonly after?: string; readonly limit: number }): Promise<StoragePage>
  /** True for each file that was there and is gone; what is not there, or no own file, is false. */
  remove(files: readonly StoredName[]): Promise<readonly boolean[]>
  usageOf(root: StorageRoot): Promise<RootUsage>
  /** undefined where nobody named the folder. */
  previewUsage(): Promise<RootUsage | undefined>
}
