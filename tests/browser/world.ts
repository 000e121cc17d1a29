/** What is every browser test made of? A browser, a fresh fake server, and people with contexts of their own. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { type BuiltWeb, buildForTests } from './built-web.ts'
import { cookieName, type FakeGatehouse, startFakeGatehouse } from './fake-gatehouse.ts'

export interface BrowserWorld {
  readonly web: BuiltWeb
  newScene(): Promise<Scene>
  close(): Promise<void>
}

export interface Scene {
  readonly server: FakeGatehouse
  readonly context: BrowserContext
  /** A tab in which `user` is signed in, at the page that `inject.js` is part of. */
  openGraph(user: string): Promise<Page>
  /** A tab at `path`, with whatever cookies the context has. */
  open(path: string): Promise<Page>
  signIn(user: string): Promise<void>
  /** Errors that any page of the scene threw. */
  readonly errors: readonly string[]
  close(): Promise<void>
}

export async function createBrowserWorld(): Promise<BrowserWorld> {
  const [web, browser] = await Promise.all([buildForTests(), launchChromium()])
  return {
    web,
    newScene: () => createScene(browser, web),
    close: () => browser.close(),
  }
}

async function createScene(browser: Browser, web: BuiltWeb): Promise<Scene> {
  const server = await startFakeGatehouse(web)
  const context = await browser.newContext({ viewport: { width: 900, height: 700 } })
  context.setDefaultTimeout(8_000)
  const errors: string[] = []
  context.on('page', (page) => page.on('pageerror', (error) => errors.push(error.message)))
  const signIn = async (user: string) => {
    const { cookie } = server.signIn(user)
    await context.addCookies([{ name: cookieName, value: cookie, url: server.origin, sameSite: 'Strict' }])
  }
  const open = async (path: string) => {
    const page = await context.newPage()
    await page.goto(server.origin + path)
    return page
  }
  return {
    server,
    context,
    errors,
    signIn,
    open,
    openGraph: async (user) => {
      await signIn(user)
      return await open('/graph')
    },
    close: async () => {
      await context.close()
      await server.close()
    },
  }
}

/** The password of somebody the fake server knows. */
export function passwordOf(user: string): string {
  return `correct horse ${user}`
}
