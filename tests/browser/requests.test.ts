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

describe('a request to the own origin', () => {
  it.each([
    ['a string', `fetch('/api/x')`],
    ['a URL', `fetch(new URL('/api/x', location.href))`],
    ['a Request', `fetch(new Request('/api/x', { headers: { a: 'b' } }))`],
  ])('carries the page reference when fetch is called with %s', async (_, call) => {
    const page = await scene.openGraph('alice')
    await page.evaluate(call)
    const [seen] = scene.server.requestsTo('/api/x')
    expect(seen?.headers['x-gatehouse-page']).toBe('page-of-alice')
    expect(seen?.headers['x-gatehouse-csrf']).toBeUndefined()
  })

  it('carries the CSRF token when it changes state, and the body and headers the caller gave', async () => {
    const page = await scene.openGraph('alice')
    const answer = await page.evaluate(async () => {
      const request = new Request('/api/x', { method: 'POST', body: '{"a":1}', headers: { 'Content-Type': 'text/x' } })
      return await (await fetch(request)).json()
    })
    expect(answer).toMatchObject({ method: 'POST', body: '{"a":1}', type: 'text/x' })
    expect(scene.server.requestsTo('/api/x')[0]?.headers['x-gatehouse-csrf']).toBe('csrf-1')
  })

  it('carries both when it is an XMLHttpRequest', async () => {
    const page = await scene.openGraph('alice')
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          const xhr = new XMLHttpRequest()
          xhr.open('DELETE', '/api/x')
          xhr.setRequestHeader('Own', 'kept')
          xhr.onload = resolve
          xhr.send()
        }),
    )
    const [seen] = scene.server.requestsTo('/api/x')
    expect(seen?.headers).toMatchObject({
      'x-gatehouse-page': 'page-of-alice',
      'x-gatehouse-csrf': 'csrf-1',
      own: 'kept',
    })
  })

  it('is still bound when another script wraps fetch and XMLHttpRequest afterwards', async () => {
    const page = await scene.openGraph('alice')
    await page.evaluate(async () => {
      const inner = window.fetch
      window.fetch = (...rest) => inner(...rest)
      const open = XMLHttpRequest.prototype.open
      XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, method: string, url: string | URL) {
        return open.call(this, method, url, true)
      }
      await fetch('/api/x')
      await new Promise((resolve) => {
        const xhr = new XMLHttpRequest()
        xhr.open('GET', '/api/y')
        xhr.onloadend = resolve
        xhr.send()
      })
    })
    for (const path of ['/api/x', '/api/y']) {
      expect(scene.server.requestsTo(path)[0]?.headers['x-gatehouse-page']).toBe('page-of-alice')
    }
  })

  it('carries one idempotency key per intended prompt and keeps a key of the caller', async () => {
    const page = await scene.openGraph('alice')
    await page.evaluate(async () => {
      await fetch('/api/prompt', { method: 'POST', body: '{}' })
      await fetch('/prompt', { method: 'POST', body: '{}', headers: { 'Idempotency-Key': 'mine' } })
      await fetch('/api/prompt', { method: 'POST', body: '{}' })
      await fetch('/api/prompt')
    })
    const seen = [...scene.server.requestsTo('/api/prompt'), ...scene.server.requestsTo('/prompt')]
    const keys = seen.map((one) => one.headers['idempotency-key'])
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(keys[1]).toMatch(/^[0-9a-f]{32}$/)
    expect(keys[0]).not.toBe(keys[1])
    expect(keys.slice(2)).toEqual([undefined, 'mine'])
  })
})

describe('a request to another origin', () => {
  it('goes out untouched, so that it needs no preflight', async () => {
    const page = await scene.openGraph('alice')
    await page.evaluate(async (origin) => {
      await fetch(`${origin}/foreign`)
      await new Promise((resolve) => {
        const xhr = new XMLHttpRequest()
        xhr.open('GET', `${origin}/foreign`)
        xhr.onloadend = resolve
        xhr.send()
      })
    }, scene.server.foreignOrigin)
    const seen = scene.server.requestsTo('/foreign')
    expect(seen.map((one) => one.method)).toEqual(['GET', 'GET'])
    for (const one of seen) expect(Object.keys(one.headers).filter((name) => name.includes('gatehouse'))).toEqual([])
  })

  it('does not name the page on a foreign WebSocket, which stays native', async () => {
    const page = await scene.openGraph('alice')
    const url = `${scene.server.foreignOrigin.replace('http', 'ws')}/open-ws`
    const hello = await page.evaluate(
      (address) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(address)
          socket.onmessage = (event) => resolve(String(event.data))
        }),
      url,
    )
    expect(JSON.parse(hello).data.path).toBe('/open-ws')
  })

  it('leaves data: and blob: URLs to the browser', async () => {
    const page = await scene.openGraph('alice')
    const texts = await page.evaluate(async () => {
      const blob = URL.createObjectURL(new Blob(['from a blob']))
      return [await (await fetch('data:text/plain,hello')).text(), await (await fetch(blob)).text()]
    })
    expect(texts).toEqual(['hello', 'from a blob'])
  })
})

describe('a mistake of the caller', () => {
  it('is answered by the native function in its own words', async () => {
    const page = await scene.openGraph('alice')
    const names = await page.evaluate(async () => {
      const used = new Request('/api/x', { method: 'POST', body: 'a' })
      await used.text()
      const problems = [fetch('http://['), fetch(used), fetch('/api/x', { method: 'bad method' })]
      return await Promise.all(problems.map((problem) => problem.then(String, (error: Error) => error.name)))
    })
    expect(names).toEqual(['TypeError', 'TypeError', 'TypeError'])
  })
})

describe('the frozen page API', () => {
  it('names the person and cannot be replaced', async () => {
    const page = await scene.openGraph('alice')
    const found = await page.evaluate(() => {
      const api: unknown = Reflect.get(window, 'gatehouse')
      if (typeof api !== 'object' || api === null) return undefined
      const isReplaced = Reflect.set(window, 'gatehouse', {})
      return {
        user: Reflect.get(api, 'user'),
        page: Reflect.get(api, 'page'),
        isFrozen: Object.isFrozen(api),
        isReplaced,
      }
    })
    expect(found).toEqual({ user: 'alice', page: 'page-of-alice', isFrozen: true, isReplaced: false })
  })
})
