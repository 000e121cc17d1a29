/** Is the data directory usable, and is its database ours to use? Opens it, brings it up to date, or says what to do. */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { GatehouseError } from '../../gatehouse-error.ts'
import { migrations } from './migrations/index.ts'
import { nodeSqliteDialect, openSqlite } from './node-sqlite-dialect.ts'
import type { Database } from './schema.ts'
import { sqliteCode, sqliteCodes } from './sqlite-error.ts'

export const databaseFileName = 'gatehouse.sqlite'

export interface OpenDatabase {
  readonly db: Kysely<Database>
  close(): Promise<void>
}

export interface OpenDatabaseOptions {
  /** Reads the whole file for damage first; the command line goes without, beside a running sidecar. Default true. */
  readonly verify?: boolean
}

/** @throws storage_full, store_unavailable: each with a sentence that names the directory and the cure */
export async function openDatabase(dataDir: string, options: OpenDatabaseOptions = {}): Promise<OpenDatabase> {
  makePrivateDirectory(dataDir)
  const file = join(dataDir, databaseFileName)
  const sqlite = openFile(file)
  const db = new Kysely<Database>({ dialect: nodeSqliteDialect(sqlite) })
  try {
    if (options.verify !== false) verifyFile(sqlite, file)
    refuseNewerSchema(sqlite, file)
    await migrateToLatest(db, file)
  } catch (error) {
    // Not `db.destroy()`: that does nothing before kysely's first query.
    if (sqlite.isOpen) sqlite.close()
    throw explained(error, file)
  }
  return { db, close: () => db.destroy() }
}

/** Creates the directory with mode 0700; one that exists keeps its mode. @throws storage_full */
export function makePrivateDirectory(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new GatehouseError('storage_full', {
      cause,
      message: `The data directory ${dataDir} cannot be created. Make its parent writable, or name another one with --data.`,
    })
  }
}

function openFile(file: string): DatabaseSync {
  try {
    // SQLite gives its -wal and -shm files the mode of this one.
    closeSync(openSync(file, 'a', 0o600))
  } catch (cause) {
    throw unwritable(file, cause)
  }
  try {
    return openSqlite(file)
  } catch (error) {
    throw explained(error, file)
  }
}

function verifyFile(sqlite: DatabaseSync, file: string): void {
  const row = sqlite.prepare('PRAGMA quick_check(1)').get()
  if (row?.quick_check !== 'ok') throw damaged(file, row?.quick_check)
}

function refuseNewerSchema(sqlite: DatabaseSync, file: string): void {
  const table = sqlite.prepare("select 1 from sqlite_master where type = 'table' and name = 'kysely_migration'").get()
  if (table === undefined) return
  const names = sqlite.prepare('select name from kysely_migration').all()
  const unknown = names.find(({ name }) => typeof name !== 'string' || !(name in migrations))
  if (unknown === undefined) return
  throw new GatehouseError('store_unavailable', {
    message: `The database ${file} was written by a newer Gatehouse. Install that version, or restore a backup made before the update.`,
  })
}

async function migrateToLatest(db: Kysely<Database>, file: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  if (error instanceof GatehouseError) throw error
  throw new GatehouseError('store_unavailable', {
    cause: error,
    message: `The database ${file} could not be brought up to date and was left as it was. Look at the log, and report this with it.`,
  })
}

function explained(error: unknown, file: string): unknown {
  if (error instanceof GatehouseError && error.cause === undefined) return error
  const code = sqliteCode(error instanceof GatehouseError ? error.cause : error)
  switch (code) {
    case sqliteCodes.corrupt:
    case sqliteCodes.notADatabase:
      return damaged(file, error)
    case sqliteCodes.readonly:
    case sqliteCodes.full:
    case sqliteCodes.ioError:
    case sqliteCodes.cannotOpen:
      return unwritable(file, error)
    case sqliteCodes.busy:
    case sqliteCodes.locked:
      return new GatehouseError('store_unavailable', {
        cause: error,
        message: `The database ${file} is in use by another program. Stop that program, then try again.`,
      })
    default:
      return error
  }
}

function damaged(file: string, cause: unknown): GatehouseError {
  return new GatehouseError('store_unavailable', {
    cause,
    message: `The database ${file} is damaged; nothing in it was changed. Restore it from a backup, or move it away to start anew.`,
  })
}

function unwritable(file: string, cause: unknown): GatehouseError {
  return new GatehouseError('storage_full', {
    cause,
    message: `The database ${file} cannot be written. Free space or make the directory writable, or name another one with --data.`,
  })
}
