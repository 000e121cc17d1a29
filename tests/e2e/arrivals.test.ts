/** Do the pages for people who come in work in a browser? An invitation, a request for an account, a phone and a guest. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mintInvitation } from '../../sidecar/src/identity/invitation.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { launchChromium } from '../support/chromium.ts'
import { type Configured, startConfigured } from '../support/configured.ts'

const password = 'seven lanterns by the quay'
const patienceMs = 60_000

let site: Configured
let browser: Browser
const problems: string[] = []

beforeAll(async () => {
  site = await startConfigured('auth: { registration: approval, guest: { user: guest } }')
  browser = await launchChromium()
}, patienceMs)
afterAll(async () => {
  await browser.close()
  await site[Symbol.asyncDispose]()
  expect(problems).toEqual([])
})

/** A browser of its own: another person, or another device. */
async function opens(path: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 900, height: 800 } })
  const page = await context.newPage()
  page.on('pageerror', ({ message }) => problems.push(message))
  await page.goto(`${site.address}${path}`)
  return page
}

async function types(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text)
  await page.keyboard.press('Enter')
}

const arrives = (page: Page) => page.waitForURL(`${site.address}/`)
const chosen = (name: string) => ({ 'User name': name, Password: password, 'Password again': password })

it('lets the invited choose a name and a password, once, and shows nobody the token', {
  timeout: patienceMs,
}, async () => {
  const now = Date.now()
  const { record, path } = mintInvitation({
    ...{ role: 'user', tenantName: 'studio', userName: null, invitedBy: null },
    ...{ createdAtMs: now, expiresAtMs: now + 60_000 },
  })
  await site.store.invitations.add(record)
  const page = await opens(path)
  await page.getByText('in the workspace studio').waitFor()
  expect(page.url()).toBe(`${site.address}/invite`)
  await types(page, chosen('nora'))
  await arrives(page)
  expect(await site.store.users.findByName('nora')).toMatchObject({ role: 'user', tenant: { label: 'studio' } })
  const late = await opens(path)
  await late.getByRole('alert').getByText('not good any more').waitFor()
})

it('lets somebody ask for an account, and in once it is approved', { timeout: patienceMs }, async () => {
  const page = await opens('/login')
  await page.getByRole('link', { name: 'Ask for an account' }).click()
  await types(page, chosen('pia'))
  await page.getByRole('link', { name: 'Go to the sign-in page' }).click()
  await types(page, { 'User name': 'pia', Password: password })
  await page.getByRole('alert').getByText('waiting for approval').waitFor()
  const pia = await site.store.users.findByName('pia')
  if (pia !== undefined) await site.store.users.setState(pia.id, 'active')
  await types(page, { 'User name': 'pia', Password: password })
  await arrives(page)
})

it('lets a phone in after the number it shows was typed in', { timeout: patienceMs }, async () => {
  const passwordHash = await createPasswords().hash(password)
  await site.store.users.add({ name: 'alice', role: 'user', passwordHash })
  const desk = await opens('/login?next=/account')
  await types(desk, { 'User name': 'alice', Password: password })
  const answer = desk.waitForResponse('**/device-links')
  await desk.getByRole('button', { name: 'Sign in another device' }).click()
  const { path } = await (await answer).json()
  await desk.getByRole('img', { name: 'QR code' }).waitFor()
  const phone = await opens(String(path))
  expect(phone.url()).toBe(`${site.address}/link`)
  const number = ((await phone.locator('.number').textContent()) ?? '').trim()
  await types(desk, { Number: number })
  await desk.getByText('is being signed in').waitFor()
  await arrives(phone)
  await phone.goto(`${site.address}/account`)
  await phone.getByText('with a device link').waitFor()
})

it('offers a guest the sign-in page', { timeout: patienceMs }, async () => {
  await site.store.users.add({ name: 'guest', role: 'guest', passwordHash: null, kind: 'service' })
  const page = await opens('/login')
  await page.getByLabel('User name').waitFor()
  await page.goto(`${site.address}/account`)
  await page.waitForURL('**/login?next=%2Faccount')
  await types(page, { 'User name': 'nora', Password: password })
  await page.waitForURL('**/account')
})
