/** How is the data directory opened? Locked, migrated, without left-over people, with the feed of changes that other processes write. */
import type { SealKey } from '../store/audit-chain.ts'
import { createChangeFeed, type RunningChangeFeed } from '../store/change-feed.ts'
import { createStore } from '../store/sql/create-store.ts'
import { lockDataDirectory, lockTrials } from '../store/sql/data-directory-lock.ts'
import { type OpenDatabase, openDatabase } from '../store/sql/open-database.ts'
import { createTrials } from '../store/sql/trials.ts'
import type { Store } from '../store/store.ts'
import { removeLeftOvers } from '../verify/left-overs.ts'

export interface OpenedStore {
  readonly db: OpenDatabase['db']
  readonly store: Store
  readonly feed: RunningChangeFeed
  close(): Promise<void>
}

/** For the running sidecar; the command line opens the database beside it without the lock. @throws store_unavailable, storage_full */
export async function openStore(dataDir: string, auditKey?: SealKey): Promise<OpenedStore> {
  const lock = lockDataDirectory(dataDir)
  try {
    const database = await openDatabase(dataDir)
    await removeLeftOverTrials(dataDir, database)
    const store = createStore({ db: database.db, auditKey })
    const feed = await createChangeFeed({ changes: store.changes })
    return {
      db: database.db,
      store,
      feed,
      close: async () => {
        feed.stop()
        await database.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Those of a trial that was ended hard; while one is under way, its people are its own. */
async function removeLeftOverTrials(dataDir: string, { db }: OpenDatabase): Promise<void> {
  const lock = lockTrials(dataDir)
  if (lock === undefined) return
  try {
    await removeLeftOvers(createTrials(db))
  } finally {
    lock.release()
  }
}
