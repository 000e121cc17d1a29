import { afterAll, beforeAll, describe } from 'vitest'
import { findRealComfyui, noRealComfyui, type RealComfyui, startRealComfyui } from '../support/real-comfyui.ts'
import { tellBootCost } from './boot-cost-story.ts'
import { tellMainStory } from './main-story.ts'
import { setStage } from './stage.ts'
import { tellTwoPeopleStory } from './two-people-story.ts'

const place = findRealComfyui()
if (place === undefined) console.warn(`\n${noRealComfyui}\n`)

describe.skipIf(place === undefined)(`before a real ComfyUI ${place?.version ?? ''},`, () => {
  let comfyui: RealComfyui
  beforeAll(async () => {
    comfyui = await startRealComfyui()
  }, 240_000)
  afterAll(() => comfyui?.close())

  describe('in one browser,', () => tellMainStory(() => setStage({ comfyuiUrl: comfyui.url, picturesIn: 'real' })))
  describe('in two browsers,', () => {
    tellTwoPeopleStory(() => setStage({ comfyuiUrl: comfyui.url, picturesIn: 'real' }))
  })
  describe('measured,', () => {
    tellBootCost(
      () => setStage({ comfyuiUrl: comfyui.url }),
      () => comfyui.url,
    )
  })
})
