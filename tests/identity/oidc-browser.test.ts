import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { launchChromium } from '../support/chromium.ts'
import { clientSecret } from '../support/oidc-issuer.ts'
import { until } from '../support/person.ts'
import { type CompanyLogin, companyYaml, startCompanyLogin } from './company-login.ts'

let browser: Browser
let stage: CompanyLogin
let context: BrowserContext
let page: Page
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  const more = '      logout: provider\n      client_secret_env: OIDC_SECRET\n'
  stage = await startCompanyLogin((issuer) => companyYaml(issuer, more), {
    clientSecret,
    variables: { OIDC_SECRET: clientSecret },
  })
  stage.issuer.people.set('u-1', { preferred_username: 'anna' })
  context = await browser.newContext({ baseURL: stage.gatehouse.address, viewport: { width: 900, height: 800 } })
  page = await context.newPage()
})
afterEach(async () => {
  await context.close()
  await stage[Symbol.asyncDispose]()
})

async function logsIn(): Promise<void> {
  await page.goto('/account')
  await page.getByRole('link', { name: 'Sign in with Company login' }).click()
  await page.getByLabel('Company name').fill('u-1')
  await page.getByRole('button', { name: 'Log in at the company' }).click()
  await page.getByRole('heading', { name: 'Account' }).waitFor()
}

describe('a browser that logs in at a provider', () => {
  it('comes back to where it was, with the cookie of the session at home from other sites', async () => {
    await logsIn()
    expect(await page.locator('.facts').textContent()).toContain('anna')
    const cookies = (await context.cookies(stage.gatehouse.address)).filter(({ name }) => name.startsWith('gatehouse_'))
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict' }])
    expect((await context.cookies()).filter(({ name }) => name.startsWith('gh_login'))).toEqual([])
  })

  it('signs out there, too, and comes back to the login page', async () => {
    await logsIn()
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByRole('button', { name: /^yes/i }).click()
    await page.waitForURL(`${stage.gatehouse.address}/login**`)
    expect(await stage.gatehouse.store.sessions.list()).toEqual([])
    await page.getByRole('link', { name: 'Sign in with Company login' }).click()
    await page.getByLabel('Company name').waitFor()
  })

  it('is signed out within a second when the provider says so, its socket too', async () => {
    await logsIn()
    await page.evaluate(
      "new Promise((resolve) => { window.live = new WebSocket('/ws'); live.onmessage = () => resolve(true) })",
    )
    const [closed] = await Promise.all([
      page.evaluate("new Promise((resolve) => { live.onclose = () => resolve('closed') })"),
      stage.issuer.signsOut('u-1'),
    ])
    expect(closed).toBe('closed')
    const sessions = await until(async () => {
      const open = await stage.gatehouse.store.sessions.list()
      return open.length === 0 ? open : undefined
    })
    expect(sessions).toEqual([])
    await page.reload()
    await page.getByRole('link', { name: 'Sign in with Company login' }).waitFor()
  })

  it('reads a sentence, and can use a password, while the provider is down', async () => {
    stage.issuer.isDown = true
    await page.goto('/login?next=%2Faccount')
    await page.getByRole('link', { name: 'Sign in with Company login' }).click()
    await page.getByRole('alert').getByText('The sign-in provider does not answer').waitFor()
    await page.getByLabel('User name').waitFor()
    stage.issuer.isDown = false
    await until(async () => {
      await page.getByRole('link', { name: 'Sign in with Company login' }).click()
      await page.waitForLoadState()
      return page.url().startsWith(stage.issuer.url) ? true : undefined
    })
  })

  it('links an identity on the account page, and unlinks it again', async () => {
    const passwordHash = await createPasswords().hash('olga opens the door 1')
    await stage.gatehouse.store.users.add({ name: 'olga', role: 'user', passwordHash })
    await page.goto('/login?next=%2Faccount')
    await page.getByLabel('User name').fill('olga')
    await page.getByLabel('Password', { exact: true }).fill('olga opens the door 1')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Link Company login' }).click()
    await page.getByLabel('Company name').fill('u-1')
    await page.getByRole('button', { name: 'Log in at the company' }).click()
    await page.getByText('u-1, linked').waitFor()
    expect(await page.locator('.facts').textContent()).toContain('olga')
    await page.getByRole('button', { name: 'Unlink Company login' }).click()
    await page.getByRole('button', { name: 'Really Unlink Company login' }).click()
    await page.getByText('u-1, linked').waitFor({ state: 'detached' })
    const { linkedIdentities } = stage.gatehouse.store
    expect(await linkedIdentities.findAll({ issuer: stage.issuer.url, subject: 'u-1' })).toEqual([])
  })

  it('reads that it is not let in when the provider says no', async () => {
    await page.goto('/login')
    await page.getByRole('link', { name: 'Sign in with Company login' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('alert').getByText('You are not let in here with that login').waitFor()
    expect(await page.content()).not.toContain('nobody here')
  })
})
