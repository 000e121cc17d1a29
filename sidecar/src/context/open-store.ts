/** How is the data directory opened? Locked, migrated, with the feed of changes that other processes write. */
import { createChangeFeed, type RunningChangeFeed } from '../store/change-feed.ts'
import { createStore } from '../store/sql/create-store.ts'
import { lockDataDirectory } from '../store/sql/data-directory-lock.ts'
import { type OpenDatabase, openDatabase } from '../store/sql/open-database.ts'
import type { Store } from '../store/store.ts'

export interface OpenedStore {
  readonly db: OpenDatabase['db']
  readonly store: Store
  readonly feed: RunningChangeFeed
  close(): Promise<void>
}

/** For the running sidecar; the command line opens the database beside it without the lock. @throws store_unavailable, storage_full */
export async function openStore(dataDir: string): Promise<OpenedStore> {
  const lock = lockDataDirectory(dataDir)
  try {
    const database = await openDatabase(dataDir)
    const store = createStore({ db: database.db })
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
