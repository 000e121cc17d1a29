/** Does somebody come by a second factor on the account page, and in with it on the login page, by hand and by passkey? */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { codeAt } from '../support/one-time-code.ts'
import { alicePassword, createWorld, type World } from '../support/world.ts'

const pictures = join(import.meta.dirname, '../../.cache/screenshots/second-factor')
const stepMs = 30_000

let browser: Browser
let world: World
let context: BrowserContext
let page: Page
let problems: string[]
let origin: string
beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  browser = await launchChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  world = await createWorld()
  // Browsers make passkeys for this name, and for no bare address.
  origin = world.address.replace('127.0.0.1', 'localhost')
  context = await browser.newContext({ viewport: { width: 1000, height: 900 } })
  context.setDefaultTimeout(15_000)
  page = await context.newPage()
  problems = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (line) => {
    if (/content security policy/i.test(line.text())) problems.push(line.text())
  })
})
afterEach(async () => {
  expect(problems).toEqual([])
  await context.close()
  await world[Symbol.asyncDispose]()
})

const keepsPicture = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })

async function givesPassword(): Promise<void> {
  await page.goto(`${origin}/login?next=%2Faccount`)
  await page.getByLabel('User name').fill('alice')
  await page.getByLabel('Password', { exact: true }).fill(alicePassword)
  await page.keyboard.press('Enter')
}

const isIn = () => page.getByRole('heading', { name: 'Account' }).waitFor()

async function signsOut(): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.waitForURL('**/login**')
}

/** The key that was shown. */
async function addsApp(): Promise<string> {
  await page.getByRole('button', { name: 'Add an app' }).click()
  const key = (await page.locator('[data-code-key]').textContent()) ?? ''
  await page.getByRole('img', { name: 'QR code of the key below' }).waitFor()
  await keepsPicture('add-app')
  await page.getByLabel('Code', { exact: true }).fill('000000')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('That is not the code of the key').waitFor()
  await page.getByLabel('Code', { exact: true }).fill(codeAt(key, Date.now()))
  await page.getByLabel('Name of the app').fill('pocket phone')
  await page.keyboard.press('Enter')
  await page.getByText('Write these recovery codes down now').waitFor()
  return key
}

async function pluginPasskey(): Promise<void> {
  const session = await context.newCDPSession(page)
  await session.send('WebAuthn.enable')
  const options = { protocol: 'ctap2', transport: 'internal' } as const
  const flags = { hasResidentKey: true, hasUserVerification: true, isUserVerified: true }
  await session.send('WebAuthn.addVirtualAuthenticator', { options: { ...options, ...flags } })
}

describe('the code of an app', () => {
  it('is asked for after the password, by keyboard alone, and recovery codes stand in for it', async () => {
    await givesPassword()
    await isIn()
    const key = await addsApp()
    await keepsPicture('recovery-codes')
    const codes = ((await page.locator('[data-codes]').textContent()) ?? '').split('\n')
    expect(codes).toHaveLength(10)
    await page.getByText('10 recovery codes are left.').waitFor()
    await signsOut()

    await givesPassword()
    await page.getByText('The password is right. Now prove your second factor.').waitFor()
    await keepsPicture('login-code')
    await page.keyboard.type('000000')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('The code or passkey is not right').waitFor()
    // The field has the focus and the wrong code is selected, so that typing goes on.
    await page.keyboard.type(codeAt(key, Date.now() + stepMs))
    await page.keyboard.press('Enter')
    await isIn()
    await signsOut()

    await givesPassword()
    await page.getByLabel('Code', { exact: true }).fill(codes[0] ?? '')
    await page.keyboard.press('Enter')
    await isIn()
    await page.getByText('9 recovery codes are left.').waitFor()
    await page.getByRole('button', { name: 'Make new ones' }).click()
    await page.getByRole('button', { name: 'Really Make new ones' }).click()
    await page.getByText('Write these recovery codes down now').waitFor()
    expect(await page.locator('[data-codes]').textContent()).not.toContain(codes[1])
    await page.getByRole('button', { name: 'Remove pocket phone' }).click()
    await page.getByRole('button', { name: 'Really Remove pocket phone' }).click()
    await page.getByText('pocket phone').waitFor({ state: 'detached' })
    await signsOut()
    await givesPassword()
    await isIn()
  })
})

describe('a passkey', () => {
  it('is made on the account page, stands beside the password, and opens the account alone', async () => {
    await pluginPasskey()
    await givesPassword()
    await isIn()
    await page.getByText('Add a passkey').click()
    await page.getByLabel('Name of the passkey').fill('desk laptop')
    await page.getByRole('button', { name: 'Make a passkey' }).click()
    await page.getByText('Write these recovery codes down now').waitFor()
    await page.getByText('desk laptop').waitFor()
    await keepsPicture('passkey')
    await signsOut()

    await givesPassword()
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await isIn()
    await signsOut()

    await page.goto(`${origin}/login?next=%2Faccount`)
    await keepsPicture('login')
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await isIn()
    await page.getByText('From 127.0.0.1, with a passkey').waitFor()
  })

  it('is not offered where browsers make none, and the page says why', async () => {
    origin = world.address
    await givesPassword()
    await isIn()
    await page.getByText('Passkeys need this page by a name over https').waitFor()
    expect(await page.getByText('Add a passkey').count()).toBe(0)
    await signsOut()
    expect(await page.getByRole('button', { name: 'Sign in with a passkey' }).count()).toBe(0)
  })
})
