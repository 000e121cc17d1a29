/** Is another sidecar using this data directory? A lock that the operating system lets go when its holder dies. */
import { chmodSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { GatehouseError } from '../../gatehouse-error.ts'
import { makePrivateDirectory } from './open-database.ts'
import { sqliteCode, sqliteCodes } from './sqlite-error.ts'

/** Node has no file locks of its own; SQLite's exclusive lock is one on every system. */
const lockFileName = 'gatehouse.lock'
/** Says who holds the lock; for people only. */
const pidFileName = 'gatehouse.pid'

export interface DataDirectoryLock {
  release(): void
}

/** Taken by a running sidecar, never by the command line. @throws store_unavailable, storage_full */
export function lockDataDirectory(dataDir: string): DataDirectoryLock {
  makePrivateDirectory(dataDir)
  const lock = openLock(join(dataDir, lockFileName), dataDir)
  try {
    lock.exec('BEGIN EXCLUSIVE')
    writeFileSync(join(dataDir, pidFileName), `${process.pid}\n`, { mode: 0o600 })
    chmodSync(join(dataDir, pidFileName), 0o600)
  } catch (cause) {
    lock.close()
    if (sqliteCode(cause) === sqliteCodes.busy) throw heldByAnother(dataDir, cause)
    throw unwritable(dataDir, cause)
  }
  return {
    release: () => {
      if (lock.isOpen) lock.close()
    },
  }
}

function openLock(file: string, dataDir: string): DatabaseSync {
  try {
    closeSync(openSync(file, 'a', 0o600))
    const lock = new DatabaseSync(file)
    lock.exec('PRAGMA busy_timeout = 0')
    return lock
  } catch (cause) {
    throw unwritable(dataDir, cause)
  }
}

function heldByAnother(dataDir: string, cause: unknown): GatehouseError {
  const pid = readPid(dataDir)
  const holder = pid === undefined ? 'Another Gatehouse' : `Another Gatehouse (process ${pid})`
  return new GatehouseError('store_unavailable', {
    cause,
    message: `${holder} is using the data directory ${dataDir}. Stop it, or name another directory with --data.`,
  })
}

function readPid(dataDir: string): string | undefined {
  try {
    return /^\d+/.exec(readFileSync(join(dataDir, pidFileName), 'utf8'))?.[0]
  } catch {
    // The holder may not have written it yet; the sentence does without.
    return undefined
  }
}

function unwritable(dataDir: string, cause: unknown): GatehouseError {
  return new GatehouseError('storage_full', {
    cause,
    message: `The data directory ${dataDir} cannot be written. Free space or make it writable, or name another one with --data.`,
  })
}
