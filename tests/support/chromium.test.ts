/** Is a Chromium found where it is, and missed in a sentence with the cure? */
import { describe, expect, it } from 'vitest'
import { findChromium, launchChromium, NoChromium } from './chromium.ts'

describe('findChromium', () => {
  it('takes CHROMIUM_PATH first', async () => {
    expect(await findChromium({ CHROMIUM_PATH: process.execPath, PATH: '' })).toBe(process.execPath)
  })

  it('says what to do when CHROMIUM_PATH names nothing', async () => {
    const missing = findChromium({ CHROMIUM_PATH: '/nowhere/chromium' })
    await expect(missing).rejects.toThrow(NoChromium)
    await expect(missing).rejects.toThrow(/CHROMIUM_PATH names \/nowhere\/chromium.*Install Chromium/)
  })
})

describe('launchChromium', () => {
  it('drives a page', async () => {
    const browser = await launchChromium()
    const page = await browser.newPage()
    await page.goto('data:text/html,<title>driven</title>')
    expect(await page.title()).toBe('driven')
    await browser.close()
  })
})
