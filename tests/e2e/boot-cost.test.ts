import { describe } from 'vitest'
import { tellBootCost } from './boot-cost-story.ts'
import { setStage } from './stage.ts'

describe('before the practice ComfyUI,', () => {
  tellBootCost(
    () => setStage(),
    ({ world }) => world.practice.url,
  )
})
