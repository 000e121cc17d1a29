import { describe } from 'vitest'
import { startPractice } from '../support/two-workers.ts'
import { tellTwoWorkers } from './story.ts'

describe('before two practice ComfyUIs,', () => tellTwoWorkers(startPractice))
