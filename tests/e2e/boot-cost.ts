/** What does opening the stock UI cost? Requests and bytes of one page load, as Chromium's own network log counts them. */
import type { BrowserContext, Page } from 'playwright-core'
import { createStockUi } from '../support/stock-ui.ts'

export interface BootCost {
  /** Those to the server, from its cache or not. */
  readonly requests: number
  /** Header and body bytes that came over the wire. */
  readonly bytes: number
  readonly readyMs: number
}

/** Opens `address` in a new tab of the window and counts until the UI is ready and its network is quiet. */
export async function measureBoot(context: BrowserContext, address: string): Promise<BootCost> {
  const page = await context.newPage()
  try {
    return await measureIn(page, address)
  } finally {
    await page.close()
  }
}

async function measureIn(page: Page, address: string): Promise<BootCost> {
  const log = await page.context().newCDPSession(page)
  await log.send('Network.enable')
  const own = new Set<string>()
  let bytes = 0
  log.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (request.url.startsWith(address)) own.add(requestId)
  })
  log.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (own.has(requestId)) bytes += encodedDataLength
  })
  const startedAt = performance.now()
  await page.goto(address)
  await createStockUi(page).isReady()
  const readyMs = Math.round(performance.now() - startedAt)
  await page.waitForLoadState('networkidle')
  return { requests: own.size, bytes, readyMs }
}
