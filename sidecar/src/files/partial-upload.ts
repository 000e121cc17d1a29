/** What did ComfyUI leave of an upload that it failed to store? On a full disk, a file that ends somewhere: removed where the disk is in reach. */
import type { FolderKey } from '@gatehouse/shared/ids'
import { GatehouseError } from '../gatehouse-error.ts'
import type { FailedUpload, FileName, OwnFiles } from '../policy/world.ts'
import { joinPath } from '../transform/rooted-path.ts'
import type { Disk, DiskFile, FindDisk } from './disk.ts'

/** Clocks of file systems tick a little behind. */
const tickMs = 10

export function discardingPartialUploads(own: OwnFiles, findDisk: FindDisk, folderKey: FolderKey): OwnFiles {
  return {
    ...own,
    discardUpload: async (failed) => {
      const disk = findDisk()
      if (disk === undefined) return
      try {
        const path = await findPartial(disk, folderKey, failed, await own.list('input'))
        if (path !== undefined) await disk.remove(folderKey, [{ root: 'input', path }])
      } catch (error) {
        // The upload has failed and says so; what cannot be tidied up now stays.
        if (!(error instanceof GatehouseError)) throw error
      }
    },
  }
}

/**
 * The newest file, if it bears a name that ComfyUI would have chosen and was written since: one that was there before
 * is complete, and one that the ledger knows was acknowledged, unless it was to be overwritten.
 */
async function findPartial(
  disk: Disk,
  folderKey: FolderKey,
  { own, overwrites, startedAtMs }: FailedUpload,
  acknowledged: readonly FileName[],
): Promise<string | undefined> {
  const [first, ...others] = await disk.list(folderKey, 'input')
  if (first === undefined) return undefined
  const newest = others.reduce((a: DiskFile, b) => (b.modifiedAtMs > a.modifiedAtMs ? b : a), first)
  if (newest.modifiedAtMs < startedAtMs - tickMs) return undefined
  if (overwrites) return newest.path === joinPath(own.subfolder, own.filename) ? newest.path : undefined
  const isKnown = acknowledged.some(({ subfolder, filename }) => joinPath(subfolder, filename) === newest.path)
  return !isKnown && isChosenFor(own, newest.path) ? newest.path : undefined
}

/** `name.png`, else `name (1).png` and so on (server.py image_upload @ 0.33.0). */
function isChosenFor({ subfolder, filename }: FileName, path: string): boolean {
  const prefix = subfolder === '' ? '' : `${subfolder}/`
  if (!path.startsWith(prefix)) return false
  const name = path.slice(prefix.length)
  if (name === filename) return true
  const dot = filename.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [filename.slice(0, dot), filename.slice(dot)] : [filename, '']
  if (!name.startsWith(`${stem} (`) || !name.endsWith(`)${ending}`)) return false
  return /^[1-9]\d*$/.test(name.slice(stem.length + 2, name.length - ending.length - 1))
}
