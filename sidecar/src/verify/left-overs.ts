/** Who was left behind by a trial that was ended hard? Removed by whoever holds the lock of trials. */
import type { FolderKey } from '@gatehouse/shared/ids'
import type { Trials } from '../store/trial-store.ts'

export interface LeftOvers {
  readonly people: number
  /** Folders inside ComfyUI's in which files of theirs may lie. */
  readonly folders: readonly FolderKey[]
}

export async function removeLeftOvers(trials: Trials): Promise<LeftOvers> {
  const found = await trials.list()
  const folders: FolderKey[] = []
  for (const { id, tenant } of found) if (await trials.remove(id)) folders.push(tenant.folderKey)
  return { people: found.length, folders }
}
