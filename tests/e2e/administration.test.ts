/** Can somebody who administers run the house from `/admin`, and does nobody else get anywhere there? */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseRole } from '@gatehouse/shared/roles'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { launchChromium } from '../support/chromium.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { until } from '../support/person.ts'

const pictures = join(import.meta.dirname, '../../.cache/screenshots/administration')
const password = 'seven lanterns by the quay'
const yaml = `auth: { registration: approval }
roles:
  artist: { like: user, may: [worker:free] }
  support: { like: user, may: [users:read, admin:impersonate] }`

let browser: Browser
let site: Configured
let context: BrowserContext
let page: Page
let problems: string[]
beforeAll(async () => {
  // The sidecar's clock alone: the browser has its own.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  mkdirSync(pictures, { recursive: true })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  vi.useRealTimers()
})
beforeEach(async () => {
  site = await startConfigured(yaml)
  problems = []
  await enrols('olga', 'owner')
  await enrols('bob', 'user', 'birch')
  await opensBrowser()
})
afterEach(async () => {
  await context.close()
  await site[Symbol.asyncDispose]()
  expect(problems).toEqual([])
})

async function enrols(name: string, role: 'owner' | 'admin' | 'user', tenantName?: string): Promise<void> {
  const passwordHash = await createPasswords().hash(password)
  await site.store.users.add({ name, role, passwordHash, ...(tenantName === undefined ? {} : { tenantName }) })
}

async function opensBrowser(): Promise<void> {
  context = await browser.newContext({ baseURL: site.address, viewport: { width: 1000, height: 900 } })
  context.setDefaultTimeout(15_000)
  page = await context.newPage()
  page.on('pageerror', ({ message }) => problems.push(message))
  page.on('console', (line) => {
    if (/content security policy/i.test(line.text())) problems.push(line.text())
  })
}

const keepsPicture = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
const region = (name: string) => page.getByRole('region', { name })
const button = (name: string) => page.getByRole('button', { name, exact: true })
const told = (text: string) => page.getByRole('status').getByText(text).waitFor()
const findUser = (name: string) => site.store.users.findByName(name)

async function signsIn(name: string, path = '/admin'): Promise<void> {
  await page.goto(path)
  await page.waitForURL(`**/login?next=${encodeURIComponent(path)}`)
  await page.getByLabel('User name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`**${path}`)
}

async function confirms(label: string): Promise<void> {
  await button(label).click()
  await button(`Really ${label}`).click()
}

async function asksForAccount(name: string): Promise<void> {
  const body = JSON.stringify({ username: name, password })
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${site.address}/gatehouse/api/v1/register`, { method: 'POST', headers, body })
  expect(reply.status).toBe(202)
}

describe('people who wait', () => {
  it('are let in and refused, by keyboard alone, which stays where it was', async () => {
    for (const name of ['nora', 'pia', 'quentin']) await asksForAccount(name)
    await signsIn('olga')
    await region('Waiting for approval').getByText('pia').first().waitFor()
    await keepsPicture('waiting')
    await button('Approve nora').focus()
    await page.keyboard.press('Enter')
    await told('nora is approved')
    expect(await findUser('nora')).toMatchObject({ state: 'active' })
    await until(async () => (await page.evaluate('document.activeElement.id')) === 'waiting-title' || undefined)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await findUser('pia')).toMatchObject({ state: 'pending' })
    await page.keyboard.press('Enter')
    await told('pia is refused')
    expect(await findUser('pia')).toBeUndefined()
    expect(await findUser('quentin')).toMatchObject({ state: 'pending' })
    await region('People').getByText('nora').first().waitFor()
    expect(await region('People').getByText('quentin').count()).toBe(0)
  })
})

describe('an invitation', () => {
  it('is made, copied, used, listed without its link, and taken back', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await signsIn('olga')
    await page.getByText('Invite somebody').click()
    await page.getByLabel('Role', { exact: true }).selectOption('artist')
    await page.getByLabel('Workspace').fill('studio')
    await page.getByLabel('Good for').selectOption('30 days')
    await keepsPicture('invite')
    await button('Make the link').click()
    const link = (await page.locator('[data-link]').textContent()) ?? ''
    // Where the keyboard is by then.
    await until(
      async () => (await page.evaluate('document.activeElement.textContent')) === 'Copy the link' || undefined,
    )
    await page.keyboard.press('Enter')
    await page.getByText('Copied.').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(link)
    await keepsPicture('link')
    const [kept] = await site.store.invitations.list()
    expect(kept).toMatchObject({ role: 'artist', tenantName: 'studio', userName: null })
    expect(Math.round(((kept?.expiresAtMs ?? 0) - Date.now()) / 86_400_000)).toBe(30)

    await page.reload()
    await region('Invitations').getByText('Workspace studio').waitFor()
    expect(await page.content()).not.toContain(link.split('#')[1])
    await confirms((await page.getByRole('button', { name: /^Take back/ }).getAttribute('aria-label')) ?? '')
    await region('Invitations').getByText('Workspace studio').waitFor({ state: 'detached' })
    expect(await site.store.invitations.list()).toEqual([])

    await page.getByText('Invite somebody').click()
    await page.getByLabel('User name').fill('nora')
    await button('Make the link').click()
    const second = (await page.locator('[data-link]').textContent()) ?? ''
    const guest = await browser.newPage()
    await guest.goto(second)
    await guest.getByLabel('Password', { exact: true }).fill(password)
    await guest.getByLabel('Password again').fill(password)
    await guest.keyboard.press('Enter')
    await guest.waitForURL(`${site.address}/`)
    await guest.close()
    expect(await findUser('nora')).toMatchObject({ role: 'user', state: 'active' })
  })
})

describe('an account', () => {
  it('is given another role, disabled and enabled, helped, and removed', async () => {
    await signsIn('olga')
    await button('Change bob').click()
    await page.getByLabel('Role of bob').selectOption('artist')
    await button('Give bob this role').click()
    await told('bob has the role artist.')
    expect(await findUser('bob')).toMatchObject({ role: 'artist' })
    await keepsPicture('change')
    await confirms('Disable bob')
    await told('bob is disabled')
    expect(await findUser('bob')).toMatchObject({ state: 'disabled' })
    await keepsPicture('disabled')
    await page.setViewportSize({ width: 390, height: 800 })
    await keepsPicture('narrow')
    await page.setViewportSize({ width: 1000, height: 900 })
    await button('Enable bob').click()
    await told('bob is enabled')
    await keepsPicture('enabled')
    await button('Close the message').click()
    await page.getByText('bob is enabled').waitFor({ state: 'detached' })
    expect(await findUser('bob')).toMatchObject({ state: 'active' })

    const id = (await findUser('bob'))?.id
    if (id === undefined) throw new Error('bob is not there')
    const data = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
    await site.store.secondFactors.add({ userId: id, kind: 'totp', label: '', createdAtMs: 0, data, counter: 0 })
    await confirms('Remove second factors bob')
    await told('bob has no second factor any more')
    expect(await site.store.secondFactors.list(id)).toEqual([])

    await signsInElsewhere('bob')
    expect(await site.store.sessions.list(id)).toHaveLength(1)
    await confirms('Sign out everywhere bob')
    await told('bob is signed out everywhere')
    expect(await site.store.sessions.list(id)).toEqual([])

    await button('Remove bob').click()
    expect(await findUser('bob')).toBeDefined()
    await button('Really Remove bob').click()
    await told('bob is removed')
    expect(await findUser('bob')).toBeUndefined()
    await region('People').getByRole('button', { name: 'Remove bob' }).waitFor({ state: 'detached' })
  })

  it('of a higher role, and the own, is only shown, and many are searched', async () => {
    await enrols('ada', 'admin')
    for (const number of [1, 2, 3, 4, 5, 6, 7]) await enrols(`cleo-${number}`, 'user', 'birch')
    await signsIn('ada')
    await region('People').getByText('olga').first().waitFor()
    await keepsPicture('many')
    expect(await page.getByRole('button', { name: /^Change (olga|ada)$/ }).count()).toBe(0)
    await button('Change bob').click()
    expect(await page.getByLabel('Role of bob').getByRole('option').allTextContents()).toEqual([
      ...['power', 'user', 'guest', 'artist'],
    ])
    expect(await page.getByRole('button', { name: /^Act in their place/ }).count()).toBe(0)
    await page.getByLabel('Find').fill('cleo-3')
    await page.getByText('1 of 10').waitFor()
    expect(await page.getByRole('button', { name: /^Change / }).count()).toBe(1)
  })
})

async function signsInElsewhere(name: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ username: name, password })
  expect((await fetch(`${site.address}/gatehouse/api/v1/login`, { method: 'POST', headers, body })).status).toBe(200)
}

describe('the page', () => {
  it('asks for a newer proof where the log-in is old, and then does what was wanted', async () => {
    await signsIn('olga')
    await button('Change bob').click()
    vi.setSystemTime(Date.now() + 11 * 60_000)
    await confirms('Disable bob')
    await page.getByRole('heading', { name: 'Is it still you?' }).waitFor()
    await keepsPicture('proof')
    await button('Cancel').click()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Disable')
    await page.getByRole('alert').getByText('This needs you to have proven yourself').waitFor()
    await confirms('Disable bob')
    expect(await findUser('bob')).toMatchObject({ state: 'active' })
    await page.getByLabel('Your password').fill(password)
    await page.keyboard.press('Enter')
    await told('bob is disabled')
    expect(await findUser('bob')).toMatchObject({ state: 'disabled' })
    // Once is enough, and the token of the session that goes on is known.
    await button('Enable bob').click()
    await told('bob is enabled')
  })

  it('leads an owner into the place of somebody, where there is nothing to administer', async () => {
    await signsIn('olga')
    await button('Change bob').click()
    await confirms('Act in their place bob')
    await page.waitForURL(`${site.address}/`)
    await page.goto('/account')
    await page.getByText('You are olga, acting in the place of bob.').waitFor()
    expect(await page.getByRole('link', { name: 'Administration' }).count()).toBe(0)
    await page.goto('/admin')
    await page.getByRole('alert').getByText('Your role does not allow this.').waitFor()
  })

  it('shows who may only look what there is to see, and lets support act for lesser people', async () => {
    await enrols('sam', 'user')
    const [support, sam] = [parseRole('support'), await findUser('sam')]
    if (support !== undefined && sam !== undefined) await site.store.users.setRole(sam.id, support)
    await asksForAccount('nora')
    await signsIn('sam')
    await region('People').getByText('olga').first().waitFor()
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual(['People'])
    expect(await page.getByRole('button').allTextContents()).toEqual(['Change'])
    await button('Change bob').click()
    expect(await page.getByRole('button').allTextContents()).toEqual(['Change', 'Act in their place'])
    await keepsPicture('support')
    await confirms('Act in their place bob')
    await page.waitForURL(`${site.address}/`)
    await page.goto('/account')
    await page.getByText('You are sam, acting in the place of bob.').waitFor()
  })

  it('tells whoever may not, and shows the way to whoever may', async () => {
    await signsIn('bob', '/account')
    expect(await page.getByRole('link', { name: 'Administration' }).count()).toBe(0)
    const asked: string[] = []
    // The account page asks for its lists until it is left.
    await page.goto('about:blank')
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto('/admin')
    await page.getByRole('alert').getByText('Your role does not allow this.').waitFor()
    expect(asked.filter((path) => path.startsWith('/gatehouse/api/'))).toEqual(['/gatehouse/api/v1/me'])
    await keepsPicture('not-allowed')
    expect(await page.content()).not.toContain('olga')
    await context.close()
    await opensBrowser()
    await signsIn('olga', '/account')
    await page.getByRole('link', { name: 'Administration' }).click()
    await button('Change bob').waitFor()
  })
})
