/** Does the page go on where a part of our script fails? Other scripts and settings of the browser may see to that. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
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
afterEach(() => scene.close())

const reference = (path: string) => scene.server.requestsTo(path).map(({ headers }) => headers['x-gatehouse-page'])

it('what another script has nailed down stays as it is, and every other part works', async () => {
  await scene.context.addInitScript(() => {
    Object.defineProperty(window, 'fetch', { value: window.fetch.bind(window), writable: false, configurable: false })
  })
  const page = await scene.openGraph('alice')
  await page.getByText('The graph of alice').waitFor()
  await page.evaluate(async () => {
    await fetch('/api/plain')
    await new Promise((resolve) => {
      const xhr = new XMLHttpRequest()
      xhr.open('GET', '/api/bound')
      xhr.onloadend = resolve
      xhr.send()
    })
  })
  expect([reference('/api/plain'), reference('/api/bound')]).toEqual([[undefined], ['page-of-alice']])
  expect(scene.errors).toEqual([])
})

it('a browser that keeps no site data is bound all the same', async () => {
  await scene.context.addInitScript(() => {
    const denied = () => {
      throw new DOMException('denied', 'SecurityError')
    }
    for (const store of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) {
      Object.defineProperty(window, store, { get: denied })
    }
  })
  const page = await scene.openGraph('alice')
  await page.evaluate(() => fetch('/api/bound'))
  expect(reference('/api/bound')).toEqual(['page-of-alice'])
  expect(scene.errors).toEqual([])
})

it('where nothing of it works, the page runs as it would without', async () => {
  await scene.context.addInitScript(() => {
    Reflect.deleteProperty(Element.prototype, 'attachShadow')
  })
  const page = await scene.openGraph('alice')
  await page.getByText('The graph of alice').waitFor()
  expect(await page.evaluate(async () => (await (await fetch('/api/plain')).json()).user)).toBe('alice')
  expect([reference('/api/plain'), scene.errors.length]).toEqual([[undefined], 1])
})
