/**
 * Stored XSS (A40): whatever a person uploads, generates or saves is opened in a real browser, signed in on the origin,
 * in every way a page can open it. None of it runs as script there, and pictures still show.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { onePixel } from '../support/graphs.ts'
import { alicePassword, createWorld, type World } from '../support/world.ts'

/** Runs while the file is read, so that whatever it asks for was asked for before the file has loaded. */
const attack = "new Image().src = '/gatehouse/api/v1/pwned'; fetch('/gatehouse/api/v1/pwned'); document.title = 'pwned'"
const page = `<!doctype html><title>quiet</title><script>${attack}</script><img src="x" onerror="${attack}">`
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"><script>${attack}</script><foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:${attack}"/></foreignObject></svg>`
const xml = `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>${attack}</script></html>`
const mail = `MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n${page}\r\n--b--\r\n`

const files: Readonly<Record<string, string | Uint8Array>> = {
  'page.html': page,
  'page.HTM': page,
  'page.xhtml': xml,
  'page.xml': xml,
  'page.svg': drawing,
  'page.mhtml': mail,
  'page.js': attack,
  'page.mjs': attack,
  'page.css': `body{background:url(/gatehouse/api/v1/pwned)}`,
  'page.pdf': `%PDF-1.4 ${page}`,
  'page.html.png': page,
  'page.txt': page,
  'page.json': page,
  'page.md': page,
  'page.mp4': page,
  'page.glb': page,
  page: page,
  'page.unknown': page,
}

let world: World
let browser: Browser
let cookie: { readonly name: string; readonly value: string }
beforeAll(async () => {
  ;[world, browser] = await Promise.all([createWorld(), launchChromium()])
  const output = join(world.practice.baseDirectory, 'output', world.alice.folderKey)
  mkdirSync(output, { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    expect((await world.alice.uploads(name, Buffer.from(text))).status, name).toBe(200)
    writeFileSync(join(output, name), text)
    const saved = await world.alice.fetch(`/userdata/${name}`, { method: 'POST', body: Buffer.from(text) })
    expect(saved.status, name).toBe(200)
  }
  await world.alice.uploads('picture.png', onePixel)
  cookie = await signIn()
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

let context: BrowserContext
let asked: string[]
beforeEach(async () => {
  context = await browser.newContext()
  await context.addCookies([{ ...cookie, url: world.address, sameSite: 'Strict' }])
  asked = []
  context.on('request', (request) => asked.push(request.url()))
})
afterEach(() => context.close())

const pwned = () => asked.filter((url) => url.includes('pwned'))

async function signIn() {
  const answer = await fetch(`${world.address}/gatehouse/api/v1/login`, {
    method: 'POST',
    body: JSON.stringify({ username: 'alice', password: alicePassword }),
    headers: { 'content-type': 'application/json', origin: world.address },
  })
  const [name = '', value = ''] = (answer.headers.get('set-cookie') ?? '').split(';')[0]?.split('=') ?? []
  return { name, value }
}

/** Goes there; what becomes a download is one. */
async function opens(tab: Page, path: string): Promise<'shown' | 'download'> {
  const download = tab.waitForEvent('download').then(
    () => 'download' as const,
    () => 'shown' as const,
  )
  try {
    await tab.goto(`${world.address}${path}`, { waitUntil: 'load' })
    return 'shown'
  } catch (error) {
    if (!/Download is starting|ERR_ABORTED/.test(String(error))) throw error
    return await download
  }
}

/** A page of the origin, on which any part may be put. */
async function opensOrigin(): Promise<Page> {
  const tab = await context.newPage()
  await tab.route('**/stage', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>stage</title>' }),
  )
  await tab.goto(`${world.address}/stage`)
  expect(await tab.evaluate(async () => (await fetch('/gatehouse/api/v1/me')).status)).toBe(200)
  return tab
}

const places = (name: string): readonly string[] => {
  const query = `filename=${encodeURIComponent(name)}`
  return [`/view?type=input&${query}`, `/api/view?type=output&${query}`, `/api/userdata/${encodeURIComponent(name)}`]
}

it('the attack is one: as a page of the origin it runs', async () => {
  const tab = await context.newPage()
  await tab.route('**/control', (route) => route.fulfill({ contentType: 'text/html', body: page }))
  await tab.goto(`${world.address}/control`)
  expect(await tab.title()).toBe('pwned')
  expect(pwned().length).toBeGreaterThan(1)
})

describe('a file of a person runs nothing', () => {
  it.each(Object.keys(files))('when %s is opened as a page', async (name) => {
    for (const path of places(name)) {
      const tab = await context.newPage()
      await opens(tab, path)
      expect(await tab.title(), path).not.toBe('pwned')
      expect(pwned(), path).toEqual([])
      await tab.close()
    }
  })

  it.each(Object.keys(files))('when %s is part of another page', async (name) => {
    const tab = await opensOrigin()
    for (const path of places(name)) {
      const told = await tab.evaluate(async (source) => {
        const put = (tag: string, attribute: string, more: Record<string, string> = {}) =>
          new Promise<string>((resolve) => {
            const element = document.createElement(tag)
            for (const [key, value] of Object.entries({ ...more, [attribute]: source }))
              element.setAttribute(key, value)
            element.addEventListener('load', () => resolve(`${tag} loaded`))
            element.addEventListener('error', () => resolve(`${tag} refused`))
            document.body.append(element)
          })
        const script = await put('script', 'src')
        const module = await put('script', 'src', { type: 'module' })
        const style = await put('link', 'href', { rel: 'stylesheet' })
        await put('img', 'src')
        const worker = await new Promise<string>((resolve) => {
          const made = new Worker(source)
          made.addEventListener('error', () => resolve('worker refused'))
          made.addEventListener('message', () => resolve('worker ran'))
        })
        const service = await navigator.serviceWorker.register(source, { scope: '/' }).then(
          () => 'service worker registered',
          () => 'service worker refused',
        )
        return [script, module, style, worker, service]
      }, path)
      expect(told, path).toEqual([
        'script refused',
        'script refused',
        'link refused',
        'worker refused',
        'service worker refused',
      ])
    }
    expect(pwned()).toEqual([])
  })

  it.each(['page.html', 'page.xhtml', 'page.svg', 'page.xml', 'page.html.png', 'page.txt', 'page'])(
    'when %s is framed',
    async (name) => {
      const tab = await opensOrigin()
      for (const path of places(name)) {
        for (const [tag, attribute] of [
          ['iframe', 'src'],
          ['object', 'data'],
          ['embed', 'src'],
        ] as const) {
          const answered = tab.waitForEvent('requestfinished', (request) => request.url() === `${world.address}${path}`)
          const failed = tab.waitForEvent('requestfailed', (request) => request.url() === `${world.address}${path}`)
          await tab.evaluate(
            ([made, key, source]) => {
              const element = document.createElement(made)
              element.setAttribute(key, source)
              document.body.append(element)
            },
            [tag, attribute, path] as const,
          )
          await Promise.any([answered, failed])
          // A second frame is read after the first: by then the first had its chance.
          const control = await tab.evaluate(async () => (await fetch('/gatehouse/api/v1/me')).status)
          expect(control).toBe(200)
        }
      }
      expect(pwned()).toEqual([])
    },
  )
})

describe('what the page needs still works', () => {
  it('pictures and drawings show inside the page', async () => {
    const tab = await opensOrigin()
    const widths = await tab.evaluate(async () => {
      const width = (source: string) =>
        new Promise<number>((resolve) => {
          const image = new Image()
          image.onload = () => resolve(image.naturalWidth)
          image.onerror = () => resolve(-1)
          image.src = source
        })
      return [
        await width('/api/view?type=input&filename=picture.png'),
        await width('/api/view?type=input&filename=page.svg'),
        await width('/api/view?type=input&filename=picture.png&preview=webp'),
        await width('/api/view?type=input&filename=page.html'),
      ]
    })
    expect(widths).toEqual([1, 7, 1, -1])
    expect(pwned()).toEqual([])
  })

  it('a picture and a text open in a tab of their own, a page is a download', async () => {
    const opened = async (name: string) => opens(await context.newPage(), `/view?type=input&filename=${name}`)
    expect(await opened('picture.png')).toBe('shown')
    expect(await opened('page.txt')).toBe('shown')
    expect(await opened('page.html')).toBe('download')
    expect(await opened('page.svg')).toBe('download')
    expect(await opened('page.pdf')).toBe('download')
  })
})
