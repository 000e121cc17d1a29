/** How does kysely talk to `node:sqlite`? An adapter to the statement shape that its SQLite dialect expects. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { type Dialect, SqliteDialect } from 'kysely'

/** Milliseconds a writer waits for another process (the command line beside a running sidecar). */
const busyTimeoutMs = 5_000

/** Opens the file in WAL mode; every commit is on disk before it is acknowledged. */
export function openSqlite(file: string): DatabaseSync {
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  database.exec('PRAGMA foreign_keys = ON')
  return database
}

/** A kysely dialect over an open database; closing kysely closes it. */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (sql: string) => {
        const statement = database.prepare(sql)
        return {
          reader: statement.columns().length > 0,
          all: (parameters: readonly unknown[]) => statement.all(...toSqlite(parameters)),
          run: (parameters: readonly unknown[]) => statement.run(...toSqlite(parameters)),
          iterate: (parameters: readonly unknown[]) => statement.iterate(...toSqlite(parameters)),
        }
      },
    },
  })
}

/** Booleans become 0 and 1 and undefined becomes null, which SQLite has no types for. */
function toSqlite(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (typeof value === 'boolean') return value ? 1 : 0
    if (value === undefined || value === null) return null
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value
    if (value instanceof Uint8Array) return value
    throw new TypeError(`not a SQL value: ${typeof value}`)
  })
}
