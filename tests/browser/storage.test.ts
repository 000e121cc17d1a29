import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BrowserWorld, createBrowserWorld, type Scene } from './world.ts'

let world: BrowserWorld
let scene: Scene
beforeAll(async () => {
  world = await createBrowserWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  scene = await world.newScene()
})
afterEach(async () => {
  expect(scene.errors).toEqual([])
  await scene.close()
})

const draftKey = 'Comfy.Workflow.Draft.v2:personal:x'

/** Leaves in the browser what the stock UI of a person leaves (frontend 1.49.6). */
async function leaveTraces(page: Page): Promise<void> {
  await page.evaluate(async (key) => {
    localStorage.setItem(key, '{"text":"secret prompt"}')
    localStorage.setItem('litegrapheditor_clipboard', '{}')
    localStorage.setItem('comfy_api_key', 'secret')
    localStorage.setItem('Comfy.MenuPosition.Docked', 'true')
    sessionStorage.setItem('clientId', 'client-of-alice')
    window.name = 'client-of-alice'
    const cache = await caches.open('comfy')
    await cache.put('/cached', new Response('secret'))
    await new Promise((resolve) => {
      indexedDB.open('firebaseLocalStorageDb').onsuccess = (event) => {
        if (event.target instanceof IDBRequest) event.target.result.close()
        resolve(undefined)
      }
    })
  }, draftKey)
}

async function readTraces(page: Page) {
  return await page.evaluate(async () => ({
    local: Object.keys(localStorage).sort(),
    session: Object.keys(sessionStorage).sort(),
    name: window.name,
    caches: await caches.keys(),
    databases: (await indexedDB.databases()).map((database) => database.name),
  }))
}

const nothingOfAlice = {
  local: ['Comfy.MenuPosition.Docked', 'gatehouse.person'],
  session: ['gatehouse.person'],
  name: '',
  caches: [],
  databases: [],
}

describe('what a person leaves in the browser', () => {
  it('is there again when the same person comes back', async () => {
    const page = await scene.openGraph('alice')
    await leaveTraces(page)
    await page.goto(`${scene.server.origin}/graph`)
    const traces = await readTraces(page)
    expect(traces.local).toContain(draftKey)
    expect(traces).toMatchObject({
      session: ['clientId', 'gatehouse.person'],
      name: 'client-of-alice',
      caches: ['comfy'],
    })
  })

  it('is gone before the first script of the next person runs', async () => {
    const page = await scene.openGraph('alice')
    await leaveTraces(page)
    await scene.signIn('bob')
    await page.goto(`${scene.server.origin}/graph`)
    await page.waitForFunction(async () => (await caches.keys()).length + (await indexedDB.databases()).length === 0)
    expect(await readTraces(page)).toEqual(nothingOfAlice)
  })

  it('is gone from an old tab that the next person loads anew, whose own drafts stay', async () => {
    const old = await scene.openGraph('alice')
    await leaveTraces(old)
    const page = await scene.openGraph('bob')
    await page.evaluate((key) => localStorage.setItem(key, 'of bob'), draftKey)
    await old.getByRole('button', { name: 'Reload the page' }).click()
    await old.getByText('The graph of bob').waitFor()
    expect(await readTraces(old)).toMatchObject({ session: ['gatehouse.person'], name: '' })
    expect(await old.evaluate((key) => localStorage.getItem(key), draftKey)).toBe('of bob')
  })

  it('is gone after signing out, and drafts written late are dropped', async () => {
    const page = await scene.openGraph('alice')
    await leaveTraces(page)
    await page.evaluate(
      `window.addEventListener('pagehide', () => localStorage.setItem('${draftKey}', 'late')); undefined`,
    )
    await page.evaluate(`window.addEventListener('beforeunload', (event) => event.preventDefault()); undefined`)
    await page.evaluate('void window.gatehouse.logout()')
    await page.waitForURL('**/login')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect((await readTraces(page)).local).toEqual(['Comfy.MenuPosition.Docked'])
    expect(scene.server.state.sessions.size).toBe(0)
  })

  it('is not written by an old tab after its person signed out in another, which says so', async () => {
    const old = await scene.openGraph('alice')
    const page = await scene.open('/graph')
    await page.evaluate('void window.gatehouse.logout()')
    await page.waitForURL('**/login')
    await old.getByRole('dialog').waitFor()
    await old.evaluate((key) => {
      localStorage.setItem(key, 'late')
      localStorage.setItem('sidebar-width', '300')
    }, draftKey)
    expect(await old.evaluate('Object.keys(localStorage)')).toEqual(['sidebar-width'])
  })

  it('stays when signing out fails, and the person learns of it', async () => {
    const page = await scene.openGraph('alice')
    await page.route('**/gatehouse/api/v1/logout', (route) => route.fulfill({ status: 500, body: '' }))
    const problem = await page.evaluate(`window.gatehouse.logout().then(() => '', (error) => error.message)`)
    expect(problem).toBe('Signing out failed with status 500.')
    expect(new URL(page.url()).pathname).toBe('/graph')
  })
})
