/** Does the stock UI open with ComfyUI-Manager behind Gatehouse, for those who may use it and for those who may not? */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findManagers, type ManagerWorld, noManager, startWithManager } from '../compatibility/manager-world.ts'
import { savedPicture } from '../support/graphs.ts'
import { type Stage, setStage, type Tab } from './stage.ts'

const managers = findManagers()
if (managers.length === 0) {
  console.warn(noManager)
  it.skip(noManager)
}
const startTimeoutMs = 240_000

describe.skipIf(managers.length === 0).each(managers)('with $name,', (generation) => {
  let manager: ManagerWorld
  let stage: Stage
  let tab: Tab
  beforeAll(async () => {
    manager = await startWithManager(generation)
    stage = await setStage({ comfyuiUrl: manager.proxy.url, picturesIn: `manager ${generation.name}` })
    tab = await (await stage.opensWindow()).opensTab()
  }, startTimeoutMs)
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
    await manager?.[Symbol.asyncDispose]()
  })

  it('the UI opens for a user and runs a graph', async () => {
    await tab.signsIn('alice')
    await tab.ui.opensGraph('managed', savedPicture('managed', 0x336699))
    await tab.ui.runs()
    expect(await tab.ui.showsPictures(2)).toEqual([0x336699, 0x336699])
    await tab.keepsPicture('opened')
    expect(tab.record.errors.filter((error) => generation.complains?.test(error) !== true)).toEqual([])
  })
})
