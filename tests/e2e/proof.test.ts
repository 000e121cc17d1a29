/** Is somebody who changes the server from the stock UI, long after the log-in, led to prove themselves, and does it work then? */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { type Stage, setStage } from './stage.ts'

const password = 'silver Beacon 2204'
let stage: Stage
beforeAll(async () => {
  // The sidecar's clock alone: the browser has its own.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  stage = await setStage({ picturesIn: 'proof' })
  const passwordHash = await createPasswords().hash(password)
  await stage.world.store.users.add({ name: 'otto', role: 'owner', passwordHash, tenantName: 'operators' })
}, 120_000)
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
  vi.useRealTimers()
})

describe('an owner in the stock UI', () => {
  it('is shown the way to a newer proof, gives it in another tab, and goes on in this one', async () => {
    await using window = await stage.opensWindow()
    const { page, ui, keepsPicture } = await window.opensTab()
    await page.goto(`${stage.world.address}/login`)
    await page.getByLabel('User name').fill('otto')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await ui.isReady()
    const reboots = () => page.evaluate(async () => (await fetch('/manager/reboot', { method: 'POST' })).status)
    expect(await reboots()).not.toBe(403)
    vi.setSystemTime(Date.now() + 11 * 60_000)
    expect(await reboots()).toBe(403)
    await page.getByRole('heading', { name: 'Is it still you?' }).waitFor()
    await keepsPicture('dialog')
    const [account] = await Promise.all([
      window.context.waitForEvent('page'),
      page.getByRole('link', { name: 'Prove it in another tab' }).click(),
    ])
    await account.getByLabel('Your password').fill('not the password')
    await account.keyboard.press('Enter')
    await account.getByRole('alert').getByText('That is not right').waitFor()
    await account.screenshot({ path: '.cache/screenshots/proof/account.png' })
    await account.getByLabel('Your password').fill(password)
    const isDone = Promise.race([account.waitForEvent('close'), account.getByText('You may close this tab').waitFor()])
    await account.keyboard.press('Enter')
    await isDone
    await page.getByRole('dialog', { name: 'Is it still you?' }).getByRole('button', { name: 'Close' }).click()
    expect(await reboots()).not.toBe(403)
    expect(await page.getByRole('heading', { name: 'Is it still you?' }).count()).toBe(0)
    expect(await page.getByText('Sign in again').count()).toBe(0)
  })
})
