/** Is a Chromium found where it is, and missed in a sentence with the cure? */
import { chromium } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { bundledChromium } from './bundled-chromium.ts'
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

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the bundled Chromium', () => {
  it('starts with the libraries it brings, however many ask for it at once', { timeout: 120_000 }, async () => {
    const found = await Promise.all([bundledChromium(), bundledChromium()])
    expect(found[0]).toEqual(found[1])
    const { executable, environment } = found[0]
    const env = { PATH: process.env.PATH ?? '', ...environment }
    const browser = await chromium.launch({ executablePath: executable, args: ['--headless', '--no-sandbox'], env })
    const page = await browser.newPage()
    expect(await page.evaluate('navigator.userAgent')).toContain('Chrome')
    await browser.close()
  })
})
