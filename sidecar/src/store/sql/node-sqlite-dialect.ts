/** How does kysely talk to `node:sqlite`? An adapter to the statement shape that its SQLite dialect expects. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { type Dialect, SqliteAdapter, SqliteDialect } from 'kysely'
import { guarded } from './sqlite-error.ts'

/** Milliseconds a writer waits for another process (the command line beside a running sidecar). */
const busyTimeoutMs = 5_000
/** Statements kept prepared; the sidecar has fewer distinct ones. */
const preparedLimitCount = 300

/** Opens the file in WAL mode; every commit is on disk before it is acknowledged. */
export function openSqlite(file: string): DatabaseSync {
  const database = new DatabaseSync(file)
  try {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL')
    database.exec('PRAGMA foreign_keys = ON')
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

/** A kysely dialect over an open database; closing kysely closes it. */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  const prepare = createPreparer(database)
  const dialect = new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (sql: string) => {
        // A deferred transaction that reads first fails with SQLITE_BUSY_SNAPSHOT, without waiting, when the command
        // line wrote in between; taking the write lock at once makes it wait instead.
        const { statement, reader } = guarded(() => prepare(sql === 'begin' ? 'begin immediate' : sql))
        return {
          reader,
          all: (parameters: readonly unknown[]) => guarded(() => statement.all(...toSqlite(parameters))),
          run: (parameters: readonly unknown[]) => guarded(() => statement.run(...toSqlite(parameters))),
          // An iterator outlives the call, so it may not share a statement with anybody.
          iterate: (parameters: readonly unknown[]) =>
            guarded(() => database.prepare(sql).iterate(...toSqlite(parameters))),
        }
      },
    },
  })
  return {
    createDriver: () => dialect.createDriver(),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createAdapter: transactionalAdapter,
  }
}

/** SQLite's schema changes are transactional; kysely's own adapter says otherwise and would leave half a migration. */
function transactionalAdapter(): SqliteAdapter {
  return Object.defineProperty(new SqliteAdapter(), 'supportsTransactionalDdl', { value: true })
}

interface Prepared {
  readonly statement: StatementSync
  readonly reader: boolean
}

function createPreparer(database: DatabaseSync): (sql: string) => Prepared {
  const prepared = new Map<string, Prepared>()
  return (sql) => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    const entry = { statement, reader: statement.columns().length > 0 }
    if (/^\s*(select|insert|update|delete|begin|commit|rollback)\b/i.test(sql)) {
      if (prepared.size >= preparedLimitCount) prepared.clear()
      prepared.set(sql, entry)
    }
    return entry
  }
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
