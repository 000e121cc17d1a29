import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { type LossyProxy, startLossyProxy } from './lossy-proxy.ts'
import { type Stage, setStage, type Tab } from './stage.ts'

const amber = 0xff8800

let stage: Stage
let proxy: LossyProxy
let tab: Tab
beforeAll(async () => {
  stage = await setStage({
    address: async (world) => {
      proxy = await startLossyProxy(world.address)
      return proxy.address
    },
  })
  tab = await (await stage.opensWindow()).opensTab()
  await tab.signsIn('alice')
})
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]()
  await proxy?.[Symbol.asyncDispose]()
})

describe('when the answer to a prompt is lost and Chromium sends it again by itself', () => {
  it('it runs once, and the page gets the answer of the first', async () => {
    await tab.ui.opensGraph('quartz', savedPicture('otter', amber))
    stage.world.practice.forgetRequests()
    proxy.loses('POST /api/prompt ', 2)
    const job = await tab.ui.runs()
    expect(await tab.ui.showsPictures(2)).toEqual([amber, amber])
    expect(proxy.cameBy()).toBeGreaterThan(1)
    const reached = stage.world.practice.requests.filter(
      ({ method, url }) => method === 'POST' && /\/prompt$/.test(url),
    )
    expect(reached).toHaveLength(1)
    expect(Object.keys(await stage.world.alice.json('/history'))).toEqual([job])
  })

  it('a second press of the button is a second job', async () => {
    const before = stage.world.practice.requests.length
    proxy.loses('POST /api/prompt ', 0)
    const job = await tab.ui.runs()
    await tab.record.hears((frame) => frame.includes('"execution_success"') && frame.includes(job))
    const reached = stage.world.practice.requests
      .slice(before)
      .filter(({ method, url }) => method === 'POST' && /\/prompt$/.test(url))
    expect(reached).toHaveLength(1)
    expect(Object.keys(await stage.world.alice.json('/history'))).toHaveLength(2)
    expect(tab.record.errors).toEqual([])
  })
})
