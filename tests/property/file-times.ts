/** When was a file written? In the order of the acts of a story: a disk's clock gives what follows at once the same time by chance. */
import { readdirSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'

/** 2001-09-09, in seconds; whatever is later was written since the last call. */
const firstSeconds = 1_000_000_000
const perRunCount = 100_000_000

/** By what a name is called in every run: folders of tenants are named anew in each. */
export type PlainName = (path: string) => string

/** Gives what was written since the last call a time after everything before it; what one act wrote goes by plain name. */
export function createFileTimes(folders: readonly string[]): (plain: PlainName) => void {
  let seconds = firstSeconds
  return (plain) => {
    const byName = folders.flatMap(filesBelow).map((path) => ({ path, name: plain(path) }))
    for (const { path } of byName.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))) {
      if (statSync(path).mtimeMs < (firstSeconds + perRunCount) * 1000) continue
      seconds += 1
      utimesSync(path, seconds, seconds)
    }
  }
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  )
}
