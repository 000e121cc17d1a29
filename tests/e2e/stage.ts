/** What is every end-to-end test made of? A world with the stock frontend, one Chromium, and people at windows of their own. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { frontendRoot } from '../support/frontend-package.ts'
import { createStockUi, type StockUi } from '../support/stock-ui.ts'
import { alicePassword, bobPassword, createWorld, type World, type WorldOptions } from '../support/world.ts'
import { type PageRecord, recordPage } from './page-record.ts'

export interface Stage extends AsyncDisposable {
  readonly world: World
  readonly browser: Browser
  /** A window with a cookie jar, a cache and storage of its own, as another person's computer has. */
  opensWindow(): Promise<Window>
}

export interface Window extends AsyncDisposable {
  readonly context: BrowserContext
  opensTab(): Promise<Tab>
}

export interface Tab {
  readonly page: Page
  readonly ui: StockUi
  readonly record: PageRecord
  /** Types the address, logs in with the form, and waits for the UI. */
  signsIn(who: 'alice' | 'bob'): Promise<void>
  /** Keeps a picture of the page for people to look at. */
  keepsPicture(name: string): Promise<void>
}

export interface StageOptions extends Omit<WorldOptions, 'frontendRoot'> {
  /** Folder below the one of all pictures. */
  readonly picturesIn?: string
  /** Of the stock frontend that the practice ComfyUI serves. */
  readonly frontend?: string
  /** Where the browser finds the sidecar, when something stands in between. */
  readonly address?: (world: World) => Promise<string>
}

const passwords = { alice: alicePassword, bob: bobPassword } as const
const allPictures = join(import.meta.dirname, '..', '..', '.cache', 'screenshots')
const patienceMs = 45_000

/** Nothing but this machine can be reached: a test must not depend on what api.comfy.org answers today. */
const offline = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'

export async function setStage(options: StageOptions = {}): Promise<Stage> {
  const { frontend, address, picturesIn = '', ...worldOptions } = options
  const pictures = pictureFolder(picturesIn)
  const root = options.comfyuiUrl === undefined ? { frontendRoot: await requireFrontend(frontend) } : {}
  const browser = await launchChromium({ args: [offline] })
  const world = await createWorld({ ...worldOptions, ...root })
  const front = address === undefined ? world.address : await address(world)
  return {
    world,
    browser,
    opensWindow: () => openWindow(browser, front, pictures),
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      await world[Symbol.asyncDispose]()
    },
  }
}

/** A stage before a Gatehouse that runs already, such as the one of the companion pack. */
export async function setStageAt(
  address: string,
  picturesIn: string,
): Promise<Pick<Stage, 'opensWindow'> & AsyncDisposable> {
  const browser = await launchChromium({ args: [offline] })
  return {
    opensWindow: () => openWindow(browser, address, pictureFolder(picturesIn)),
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

function pictureFolder(name: string): string {
  const folder = join(allPictures, name)
  mkdirSync(folder, { recursive: true })
  return folder
}

async function requireFrontend(version: string | undefined): Promise<string> {
  let sentence = ''
  const root = await frontendRoot(version, {
    report: (reason) => {
      sentence = reason
    },
  })
  if (root === undefined) throw new Error(sentence)
  return root
}

async function openWindow(browser: Browser, address: string, pictures: string): Promise<Window> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  context.setDefaultTimeout(patienceMs)
  return {
    context,
    opensTab: async () => createTab(await context.newPage(), address, pictures),
    [Symbol.asyncDispose]: () => context.close(),
  }
}

function createTab(page: Page, address: string, pictures: string): Tab {
  const record = recordPage(page, address)
  const ui = createStockUi(page)
  // The only dialogs the UI opens by itself ask whether to leave an unsaved graph; a person who leaves says yes.
  page.on('dialog', (dialog) => void dialog.accept())
  return {
    page,
    ui,
    record,
    signsIn: async (who) => {
      await page.goto(address)
      await fillLogin(page, who)
      await ui.isReady()
    },
    keepsPicture: async (name) => {
      await page.screenshot({ path: join(pictures, `${name}.png`) })
    },
  }
}

/** Fills the form of the login page or, where the page has one, of the overlay. */
export async function fillLogin(page: Page, who: keyof typeof passwords): Promise<void> {
  await page.getByLabel('User name').fill(who)
  await page.getByLabel('Password', { exact: true }).fill(passwords[who])
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}
