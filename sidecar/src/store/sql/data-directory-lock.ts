/** Is another sidecar, or another look at the installation, using this data directory? */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GatehouseError } from '../../gatehouse-error.ts'
import { type ExclusiveLock, takeExclusiveLock } from './exclusive-lock.ts'
import { makePrivateDirectory } from './open-database.ts'

const lockFileName = 'gatehouse.lock'
/** Says who holds the lock; for people only. */
const pidFileName = 'gatehouse.pid'
const trialLockFileName = 'gatehouse-verify.lock'

/** Taken by a running sidecar, never by the command line. @throws store_unavailable, storage_full */
export function lockDataDirectory(dataDir: string): ExclusiveLock {
  const lock = locked(dataDir, lockFileName)
  if (lock === undefined) throw heldByAnother(dataDir)
  try {
    writeFileSync(join(dataDir, pidFileName), `${process.pid}\n`, { mode: 0o600 })
    chmodSync(join(dataDir, pidFileName), 0o600)
  } catch (cause) {
    lock.release()
    throw unwritable(dataDir, cause)
  }
  return lock
}

/** Whoever holds it knows that every person with the mark of a trial (`trials.ts`) is its own, or left over. undefined while another does. @throws storage_full */
export function lockTrials(dataDir: string): ExclusiveLock | undefined {
  return locked(dataDir, trialLockFileName)
}

function locked(dataDir: string, fileName: string): ExclusiveLock | undefined {
  makePrivateDirectory(dataDir)
  try {
    return takeExclusiveLock(join(dataDir, fileName))
  } catch (cause) {
    throw unwritable(dataDir, cause)
  }
}

function heldByAnother(dataDir: string): GatehouseError {
  const pid = readPid(dataDir)
  const holder = pid === undefined ? 'Another Gatehouse' : `Another Gatehouse (process ${pid})`
  return new GatehouseError('store_unavailable', {
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
