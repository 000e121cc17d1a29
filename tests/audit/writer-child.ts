/** What does another process do that writes into the same list? Appends one event after the other, as fast as it can. */
import { createStore } from '../../sidecar/src/store/sql/create-store.ts'
import { openDatabase } from '../../sidecar/src/store/sql/open-database.ts'

const [dataDir = '', name = '', count = '0'] = process.argv.slice(2)
const { db, close } = await openDatabase(dataDir, { verify: false })
const { audit } = createStore({ db })
for (let index = 0; index < Number(count); index += 1) {
  await audit.append([{ atMs: Date.now(), kind: 'user.changed', target: `${name}${index}` }])
}
await close()
