/** May only one process do this at a time? A lock on a file that the operating system lets go when its holder dies. */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { sqliteCode, sqliteCodes } from './sqlite-error.ts'

export interface ExclusiveLock {
  release(): void
}

/** undefined while another process holds it. @throws what the file system, or SQLite, says of the file */
export function takeExclusiveLock(file: string): ExclusiveLock | undefined {
  closeSync(openSync(file, 'a', 0o600))
  // Node has no file locks of its own; SQLite's exclusive lock is one on every system.
  const lock = new DatabaseSync(file)
  try {
    lock.exec('PRAGMA busy_timeout = 0')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    if (sqliteCode(cause) === sqliteCodes.busy) return undefined
    throw cause
  }
  return {
    release: () => {
      if (lock.isOpen) lock.close()
    },
  }
}
