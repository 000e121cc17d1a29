/** What went wrong inside SQLite, and what can the reader do about it? Driver errors become Gatehouse's own. */
import { GatehouseError } from '../../gatehouse-error.ts'

/** Primary result codes, https://www.sqlite.org/rescode.html */
export const sqliteCodes = {
  busy: 5,
  locked: 6,
  readonly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
} as const

const unwritable: ReadonlySet<number> = new Set([
  sqliteCodes.readonly,
  sqliteCodes.ioError,
  sqliteCodes.full,
  sqliteCodes.cannotOpen,
])
const unusable: ReadonlySet<number> = new Set([
  sqliteCodes.busy,
  sqliteCodes.locked,
  sqliteCodes.corrupt,
  sqliteCodes.notADatabase,
])

/** The primary result code of an error from `node:sqlite`; undefined for any other value. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  // The low byte is the primary code; the rest tells its kind.
  return error.errcode & 0xff
}

/** Runs one call into the driver. @throws storage_full, store_unavailable */
export function guarded<T>(call: () => T): T {
  try {
    return call()
  } catch (cause) {
    const code = sqliteCode(cause)
    if (code !== undefined && unwritable.has(code)) throw new GatehouseError('storage_full', { cause })
    if (code !== undefined && unusable.has(code)) throw new GatehouseError('store_unavailable', { cause })
    throw cause
  }
}

/** Whether a write failed because its key exists already. */
export function isConstraintError(error: unknown): boolean {
  return sqliteCode(error) === sqliteCodes.constraint
}
