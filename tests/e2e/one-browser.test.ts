import { describe } from 'vitest'
import { tellMainStory } from './main-story.ts'
import { setStage } from './stage.ts'

describe('in the stock UI before the practice ComfyUI,', () => {
  tellMainStory(() => setStage())
})
