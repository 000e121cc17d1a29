/** Which tables are the ledger's? */
import type { FileTables } from './files.ts'
import type { JobTables } from './jobs.ts'

export interface LedgerTables extends JobTables, FileTables {}
