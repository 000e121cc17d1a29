/** What do the commands about tenants work with, beyond what every command has? */
import type { Config } from '../config/config.ts'
import type { FileStore } from '../store/file-store.ts'
import type { CommandIo } from './output.ts'

export interface TenantIo extends CommandIo {
  readonly config: Config
  /** What one worker's ledger knows of files. */
  readonly filesOn: (worker: string) => FileStore
}
