/** What may opening the stock UI cost, compared with doing without Gatehouse? The targets that every ComfyUI must meet. */
import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compareVersions } from '../contract/differences.ts'
import { type BootCost, measureBoot } from './boot-cost.ts'
import type { Stage } from './stage.ts'

const mostColdRequests = 170
const measuredFrom = '1.47.0'
/** Scripts of Gatehouse and what they ask. */
const ownRequests = 10
const mostColdBytes = 6_000_000
const mostWarmBytes = 1_000_000

/** The first load of a new browser, and its second. */
interface BootCosts {
  readonly cold: BootCost
  readonly warm: BootCost
}

export function tellBootCost(open: () => Promise<Stage>, directAddress: (stage: Stage) => string): void {
  let stage: Stage
  let gatehouse: BootCosts
  let direct: BootCosts
  let isMeasured: boolean
  beforeAll(async () => {
    stage = await open()
    // This login also compresses the assets, as the first person's after an update does.
    const cookies = await signedIn(stage)
    gatehouse = await measureTwice(stage, stage.world.address, cookies)
    direct = await measureTwice(stage, directAddress(stage), [])
    const { system } = await stage.world.olga.json('/system_stats')
    const frontend = String(Object(system).required_frontend_version ?? measuredFrom)
    isMeasured = compareVersions(frontend, measuredFrom) >= 0
    console.log(`Opening the stock UI: ${JSON.stringify({ gatehouse, direct }, undefined, 1)}`)
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
  })

  it('opening the stock UI costs a new browser at most 170 requests and 6 MB', () => {
    expect(gatehouse.cold.requests).toBeGreaterThan(50)
    // The figure is that of the frontend it was measured with; an older one comes in many more chunks.
    expect(gatehouse.cold.requests).toBeLessThanOrEqual(
      isMeasured ? mostColdRequests : direct.cold.requests + ownRequests,
    )
    expect(gatehouse.cold.bytes).toBeLessThanOrEqual(mostColdBytes)
  })

  it('opening it again costs the same browser at most 1 MB', () => {
    expect(gatehouse.warm.bytes).toBeGreaterThan(1_000)
    expect(gatehouse.warm.bytes).toBeLessThanOrEqual(mostWarmBytes)
  })

  it('either costs less than a third of the bytes without Gatehouse', () => {
    expect(gatehouse.cold.bytes * 3).toBeLessThan(direct.cold.bytes)
    expect(gatehouse.warm.bytes * 3).toBeLessThan(direct.warm.bytes)
  })
}

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>

async function signedIn(stage: Stage): Promise<Cookies> {
  await using window = await stage.opensWindow()
  await (await window.opensTab()).signsIn('alice')
  return await window.context.cookies()
}

async function measureTwice({ browser }: Stage, address: string, cookies: Cookies): Promise<BootCosts> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  await context.addCookies(cookies)
  const cold = await measureBoot(context, address)
  const warm = await measureBoot(context, address)
  await context.close()
  return { cold, warm }
}
