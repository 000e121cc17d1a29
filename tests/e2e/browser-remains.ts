/** What does a browser keep of the people who used it? Every store that the stock UI writes to, as one text. */
import type { Page } from 'playwright-core'

const readAll = `(async () => {
  const readDatabase = (name) => new Promise((done) => {
    const request = indexedDB.open(name)
    request.onerror = () => done([])
    request.onsuccess = async () => {
      const database = request.result
      const names = [...database.objectStoreNames]
      const stores = names.length === 0 ? [] : await Promise.all(names.map((store) => new Promise((read) => {
        const all = database.transaction(store).objectStore(store).getAll()
        all.onsuccess = () => read(all.result)
        all.onerror = () => read([])
      })))
      database.close()
      done([name, stores])
    }
  })
  const names = (await indexedDB.databases()).map((one) => one.name)
  const cacheNames = await caches.keys()
  return JSON.stringify({
    local: { ...localStorage },
    session: { ...sessionStorage },
    name: window.name,
    databases: await Promise.all(names.map(readDatabase)),
    caches: cacheNames,
    cookies: document.cookie,
  })
})()`

/** localStorage, sessionStorage, `window.name`, IndexedDB with its rows, cache names and readable cookies. */
export async function readRemains(page: Page): Promise<string> {
  return String(await page.evaluate(readAll))
}
