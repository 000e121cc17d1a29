/** Does a name of the tenant's lead out of its folder? A symbolic link in it does, and ComfyUI follows every link. */
import type { FolderKey } from '@gatehouse/shared/ids'
import type { OwnFiles } from '../policy/world.ts'
import { joinPath } from '../transform/rooted-path.ts'
import type { FindDisk } from './disk.ts'

/** The same names, where the disk can be seen without those behind a link that leads elsewhere: they are not there. */
export function withinOwnFolder(own: OwnFiles, findDisk: FindDisk, folderKey: FolderKey): OwnFiles {
  return {
    ...own,
    toUpstream: async (named) => {
      const upstream = await own.toUpstream(named)
      const { root } = named
      // Temp files lie side by side, under names that the ledger knows.
      if (upstream === undefined || root === 'temp') return upstream
      const disk = findDisk()
      if (disk === undefined) return upstream
      const path = joinPath(named.subfolder, named.filename)
      return (await disk.staysInside(folderKey, { root, path })) ? upstream : undefined
    },
  }
}
