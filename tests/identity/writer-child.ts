/** What does a process do that is killed between two writes? Adds users for ever, and says which ones were acknowledged. */
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'

const [dataDir = '', prefix = ''] = process.argv.slice(2)
const { db } = await openDatabase(dataDir)
const store = createStore({ db })
for (let count = 0; ; count += 1) {
  const { id, name } = await store.users.add({ name: `${prefix}${count}`, role: 'user', passwordHash: null })
  await store.users.setRole(id, 'power')
  process.stdout.write(`${name}\n`)
}
