/** Does whoever acts in somebody's place see that all the time, and does the person find out? */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { until } from '../support/person.ts'
import { type Stage, setStage } from './stage.ts'

const password = 'copper Ferry 6620'
let stage: Stage
beforeAll(async () => {
  stage = await setStage({ picturesIn: 'acting' })
  const passwordHash = await createPasswords().hash(password)
  await stage.world.store.users.add({ name: 'otto', role: 'owner', passwordHash, tenantName: 'operators' })
}, 120_000)
afterAll(() => stage[Symbol.asyncDispose]())

describe('an owner', () => {
  it('is led to the page of administrators by the account menu', async () => {
    await using window = await stage.opensWindow()
    const { page, ui, keepsPicture } = await window.opensTab()
    await page.goto(`${stage.world.address}/login`)
    await page.getByLabel('User name').fill('otto')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.keyboard.press('Enter')
    await ui.isReady()
    await page.getByRole('button', { name: 'Signed in as otto' }).click()
    const panel = page.getByRole('region', { name: 'Account' })
    await panel.getByRole('button', { name: 'Administration' }).waitFor()
    await keepsPicture('account-menu')
    const [opened] = await Promise.all([
      window.context.waitForEvent('page'),
      panel.getByRole('button', { name: 'Administration' }).click(),
    ])
    await opened.getByRole('button', { name: 'Change alice' }).waitFor()
  })
})

describe('an owner in the place of alice', () => {
  it('sees a notice in the stock UI and on the account page, and ends it there', async () => {
    const { address } = stage.world
    await using window = await stage.opensWindow()
    const tab = await window.opensTab()
    await tab.page.goto(`${address}/login`)
    await tab.page.getByLabel('User name').fill('otto')
    await tab.page.getByLabel('Password', { exact: true }).fill(password)
    await tab.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await tab.ui.isReady()
    expect(await tab.page.locator('#gatehouse-acting').count()).toBe(0)
    const status = await tab.page.evaluate(async () => {
      const me = await (await fetch('/gatehouse/api/v1/me')).json()
      const headers = { 'content-type': 'application/json', 'x-gatehouse-csrf': me.csrf }
      return (await fetch('/gatehouse/api/v1/users/alice/impersonate', { method: 'POST', headers, body: '{}' })).status
    })
    expect(status).toBe(200)
    await tab.page.goto(address)
    await tab.ui.isReady()
    const banner = tab.page.getByText('You are otto, acting in the place of alice. It is written down.')
    await banner.waitFor()
    await tab.keepsPicture('stock-ui')
    const account = await window.context.newPage()
    await account.goto(`${address}/account`)
    await account.getByText('acting in the place of alice').waitFor()
    expect(await account.getByText('Change the password').count()).toBe(0)
    await account.close()

    await using hers = await stage.opensWindow()
    const page = await hers.context.newPage()
    await page.goto(`${address}/login?next=%2Faccount`)
    await page.getByLabel('User name').fill('alice')
    await page.getByLabel('Password', { exact: true }).fill('amber Lantern 4711')
    await page.keyboard.press('Enter')
    await page.getByText('otto in your place').waitFor()
    await page.getByText('From 127.0.0.1, by an administrator').waitFor()
    await page.getByRole('heading', { name: 'Sessions' }).scrollIntoViewIfNeeded()
    await page.screenshot({ path: '.cache/screenshots/acting/sessions.png', fullPage: true })
    await page.getByRole('button', { name: 'Sign out everywhere' }).waitFor()

    await tab.page.getByRole('button', { name: 'End it' }).click()
    await tab.page.waitForURL('**/login**')
    const events = await until(async () => {
      const rows = await stage.world.store.audit.page({
        from: { before: undefined },
        limit: 1,
        kind: 'impersonation.ended',
      })
      return rows.length === 0 ? undefined : rows
    })
    expect(events).toHaveLength(1)
  })
})
