import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BrowserWorld, createBrowserWorld, passwordOf, type Scene } from './world.ts'

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

/** Starts `body` in the page without waiting; its result is read from `result()`. */
async function begin(page: Page, body: string): Promise<{ result(): Promise<unknown>; isDone(): Promise<boolean> }> {
  await page.evaluate(
    `window.outcome = undefined; window.work = (async () => { ${body} })(); window.work.then((v) => { window.outcome = [v] }); undefined`,
  )
  return {
    result: () => page.evaluate('window.work'),
    isDone: () => page.evaluate('window.outcome !== undefined'),
  }
}

const overlay = (page: Page) => page.getByRole('dialog')

async function logIn(page: Page, user: string, password = passwordOf(user)): Promise<void> {
  await overlay(page).getByLabel('User name').fill(user)
  await overlay(page).getByLabel('Password').fill(password)
  await overlay(page).getByRole('button', { name: 'Sign in' }).click()
}

const xhrCall = (path: string, method = 'POST') => `
  const events = []
  return await new Promise((resolve) => {
    const xhr = new XMLHttpRequest()
    for (const type of ['readystatechange', 'loadstart', 'load', 'loadend', 'error', 'abort', 'timeout']) {
      xhr.addEventListener(type, () => events.push(type === 'readystatechange' ? 'state' + xhr.readyState : type))
    }
    xhr.open('${method}', '${path}')
    xhr.responseType = 'json'
    xhr.setRequestHeader('Content-Type', 'text/x')
    xhr.onloadend = () => resolve({ events, status: xhr.status, response: xhr.response })
    xhr.send('the body')
  })`

describe('when the session has ended', () => {
  it('holds fetch, and sends it once more with the new token after the same person signed in', async () => {
    const page = await scene.openGraph('alice')
    scene.server.endSessions()
    const call = await begin(
      page,
      `return await (await fetch('/api/prompt', { method: 'POST', body: 'graph' })).json()`,
    )
    await overlay(page).waitFor()
    expect(await call.isDone()).toBe(false)
    await logIn(page, 'alice')
    expect(await call.result()).toMatchObject({ user: 'alice', body: 'graph' })
    await overlay(page).waitFor({ state: 'detached' })
    const seen = scene.server.requestsTo('/api/prompt')
    expect(seen.map((one) => one.headers['x-gatehouse-csrf'])).toEqual(['csrf-1', 'csrf-2'])
    expect(seen[0]?.headers['idempotency-key']).toBe(seen[1]?.headers['idempotency-key'])
  })

  it('sends the body of a Request and of a form once more', async () => {
    const page = await scene.openGraph('alice')
    scene.server.endSessions()
    const call = await begin(
      page,
      `const form = new FormData(); form.append('image', new Blob(['pixels']), 'cat.png')
       const request = new Request('/api/x', { method: 'POST', body: 'of a request' })
       const answers = await Promise.all([fetch(request), fetch('/api/y', { method: 'POST', body: form })])
       return await Promise.all(answers.map((answer) => answer.json()))`,
    )
    await overlay(page).waitFor()
    await logIn(page, 'alice')
    expect(await call.result()).toMatchObject([
      { body: 'of a request' },
      { body: expect.stringContaining('pixels'), type: expect.stringContaining('multipart/form-data') },
    ])
  })

  it('holds an XMLHttpRequest, which then has the events of one plain request', async () => {
    const page = await scene.openGraph('alice')
    const plain = await begin(page, xhrCall('/api/x'))
    const { events } = parseXhr(await plain.result())
    scene.server.endSessions()
    const call = await begin(page, xhrCall('/api/x'))
    await overlay(page).waitFor()
    expect(await call.isDone()).toBe(false)
    await logIn(page, 'alice')
    const result = parseXhr(await call.result())
    expect(result).toMatchObject({ status: 200, response: { body: 'the body', type: 'text/x' } })
    expect(result.events).toEqual(events)
  })

  it('lets a held XMLHttpRequest be aborted', async () => {
    const page = await scene.openGraph('alice')
    scene.server.endSessions()
    const call = await begin(
      page,
      `const events = []
       return await new Promise((resolve) => {
         const xhr = new XMLHttpRequest()
         window.held = xhr
         for (const type of ['load', 'abort', 'error']) xhr.addEventListener(type, () => events.push(type))
         xhr.open('GET', '/api/x')
         xhr.onloadend = () => resolve(events)
         xhr.send()
       })`,
    )
    await overlay(page).waitFor()
    await page.evaluate('window.held.abort()')
    expect(await call.result()).toEqual(['abort'])
  })

  it('lets a held fetch be aborted by its signal', async () => {
    const page = await scene.openGraph('alice')
    scene.server.endSessions()
    const call = await begin(
      page,
      `window.stop = new AbortController()
       return await fetch('/api/x', { signal: window.stop.signal }).then(() => 'answered', (error) => error.name)`,
    )
    await overlay(page).waitFor()
    await page.evaluate('window.stop.abort()')
    expect(await call.result()).toBe('AbortError')
  })

  it('opens one overlay for many requests and lets all of them go on', async () => {
    const page = await scene.openGraph('alice')
    scene.server.endSessions()
    const call = await begin(
      page,
      `const paths = ['/api/a', '/api/b', '/api/c', '/api/d']
       return (await Promise.all(paths.map((path) => fetch(path)))).map((answer) => answer.status)`,
    )
    await overlay(page).waitFor()
    expect(await overlay(page).count()).toBe(1)
    await logIn(page, 'alice')
    expect(await call.result()).toEqual([200, 200, 200, 200])
  })

  it('says that a password is wrong without letting anything go on', async () => {
    const page = await scene.openGraph('alice')
    scene.server.endSessions()
    const call = await begin(page, `return (await fetch('/api/x')).status`)
    await overlay(page).waitFor()
    await logIn(page, 'alice', 'wrong')
    await overlay(page).getByRole('alert').getByText('The name or the password is not right.').waitFor()
    expect(await call.isDone()).toBe(false)
    await logIn(page, 'alice')
    expect(await call.result()).toBe(200)
  })

  it('is usable with the keyboard alone, and no key reaches the shortcuts of the page', async () => {
    const page = await scene.openGraph('alice')
    await page.evaluate(
      `window.keys = []; window.addEventListener('keydown', (event) => window.keys.push(event.key), true); undefined`,
    )
    scene.server.endSessions()
    const call = await begin(page, `return (await fetch('/api/x')).status`)
    await overlay(page).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    expect(await overlay(page).isVisible()).toBe(true)
    await page.keyboard.type(passwordOf('alice'))
    await page.keyboard.press('Enter')
    expect(await call.result()).toBe(200)
    expect(await page.evaluate('window.keys')).toEqual([])
  })

  it('goes on by itself when the same person signed in in another tab', async () => {
    const page = await scene.openGraph('alice')
    scene.server.endSessions()
    const call = await begin(page, `return (await fetch('/api/x')).status`)
    await overlay(page).waitFor()
    await scene.signIn('alice')
    await page.evaluate(`window.dispatchEvent(new Event('focus'))`)
    expect(await call.result()).toBe(200)
    await overlay(page).waitFor({ state: 'detached' })
  })

  it('leaves a page alone whose person signed in anew in another tab', async () => {
    const page = await scene.openGraph('alice')
    await scene.signIn('alice')
    const call = await begin(page, `return (await fetch('/api/x', { method: 'POST', body: 'b' })).status`)
    expect(await call.result()).toBe(200)
    expect(await overlay(page).count()).toBe(0)
  })

  it('passes a 401 through that is not of Gatehouse', async () => {
    const page = await scene.openGraph('alice')
    const fulfil = { status: 401, body: '{}', contentType: 'application/json' }
    await page.route('**/api/x', (route) => route.fulfill(fulfil))
    const call = await begin(page, `return (await fetch('/api/x')).status`)
    expect(await call.result()).toBe(401)
  })
})

describe('when somebody else signs in', () => {
  it('replays nothing, clears the browser and loads the page anew', async () => {
    const page = await scene.openGraph('alice')
    await page.evaluate(`localStorage.setItem('Comfy.Workflow.Draft.v2:personal:x', '{"secret":1}')`)
    await page.evaluate(`window.addEventListener('beforeunload', (event) => event.preventDefault()); undefined`)
    scene.server.endSessions()
    await begin(page, `return await fetch('/api/prompt', { method: 'POST', body: 'graph of alice' })`)
    await overlay(page).waitFor()
    await logIn(page, 'bob')
    await page.getByText('The graph of bob').waitFor()
    expect(scene.server.requestsTo('/api/prompt')).toHaveLength(1)
    expect(await page.evaluate('Object.keys(localStorage)')).toEqual(['gatehouse.person'])
  })

  it('says so in the old tab, whose requests are refused, and offers to load it anew', async () => {
    const page = await scene.openGraph('alice')
    const other = await scene.openGraph('bob')
    await begin(page, `return await fetch('/api/x', { method: 'POST', body: 'graph of alice' })`)
    await overlay(page).getByText('bob is signed in now').waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('The graph of bob').waitFor()
    expect(scene.server.requestsTo('/api/x').every((one) => one.headers['x-gatehouse-page'] !== 'page-of-bob')).toBe(
      true,
    )
    await other.close()
  })
})

function parseXhr(value: unknown): { readonly events: unknown; readonly status: unknown; readonly response: unknown } {
  if (typeof value !== 'object' || value === null) throw new TypeError('The page returned no result.')
  return {
    events: Reflect.get(value, 'events'),
    status: Reflect.get(value, 'status'),
    response: Reflect.get(value, 'response'),
  }
}
