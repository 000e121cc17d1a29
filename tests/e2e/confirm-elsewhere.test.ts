/** Does somebody without a password prove anew who they are by a click on "Confirm with ...", and come back to where they were? */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { type CompanyLogin, companyYaml, startCompanyLogin } from '../identity/company-login.ts'
import { launchChromium } from '../support/chromium.ts'
import { clientSecret } from '../support/oidc-issuer.ts'

const pictures = join(import.meta.dirname, '../../.cache/screenshots/confirm-elsewhere')

let browser: Browser
let stage: CompanyLogin
let context: BrowserContext
let page: Page
beforeAll(async () => {
  // The clock of the sidecar and the provider; the browser has its own.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  mkdirSync(pictures, { recursive: true })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  vi.useRealTimers()
})
beforeEach(async () => {
  const more = `      client_secret_env: OIDC_SECRET
      scopes: [profile, groups]
      claims: { user: preferred_username, groups: groups }
      accounts: { roles: { leads: admin } }
`
  stage = await startCompanyLogin((issuer) => companyYaml(issuer, more), {
    clientSecret,
    variables: { OIDC_SECRET: clientSecret },
  })
  stage.issuer.people.set('u-1', { preferred_username: 'ada', groups: ['leads'] })
  await stage.gatehouse.store.users.add({ name: 'bob', role: 'user', passwordHash: null })
  context = await browser.newContext({ baseURL: stage.gatehouse.address, viewport: { width: 1000, height: 800 } })
  context.setDefaultTimeout(15_000)
  page = await context.newPage()
})
afterEach(async () => {
  await context.close()
  await stage[Symbol.asyncDispose]()
})

async function logsInThere(): Promise<void> {
  await page.getByLabel('Company name').fill('u-1')
  await page.getByRole('button', { name: 'Log in at the company' }).click()
}

async function disablesBob(): Promise<void> {
  await page.getByRole('button', { name: 'Change bob' }).click()
  await page.getByRole('button', { name: 'Disable bob' }).click()
  await page.getByRole('button', { name: 'Really Disable bob' }).click()
}

const bob = () => stage.gatehouse.store.users.findByName('bob')

it('asks at the provider, which asks the person, and the same is done then', { timeout: 90_000 }, async () => {
  await page.goto('/admin')
  await page.getByRole('link', { name: 'Sign in with Company login' }).click()
  await logsInThere()
  vi.setSystemTime(Date.now() + 11 * 60_000)
  await disablesBob()
  await page.getByRole('heading', { name: 'Is it still you?' }).waitFor()
  await page.getByRole('link', { name: 'Confirm with Company login' }).waitFor()
  await page.screenshot({ path: join(pictures, 'dialog.png') })
  await page.getByRole('link', { name: 'Confirm with Company login' }).click()
  // The provider remembers them, and has to ask all the same.
  await page.getByLabel('Company name').waitFor()
  expect(page.url().startsWith(stage.issuer.url)).toBe(true)
  await logsInThere()
  await page.waitForURL('**/admin')
  expect(await bob()).toMatchObject({ state: 'active' })
  await disablesBob()
  await page.getByRole('status').getByText('bob is disabled').waitFor()
  expect(await bob()).toMatchObject({ state: 'disabled' })
})
