import { describe } from 'vitest'
import { findRealComfyui, noRealComfyui } from '../support/real-comfyui.ts'
import { startReal } from '../support/two-workers.ts'
import { tellTwoWorkers } from './story.ts'

const place = findRealComfyui()
if (place === undefined) console.warn(`\n${noRealComfyui}\n`)

describe.skipIf(place === undefined)(`before two real ComfyUIs ${place?.version ?? ''},`, () =>
  tellTwoWorkers(startReal),
)
