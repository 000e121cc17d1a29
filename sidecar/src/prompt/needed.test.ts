import type { Json, JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { stringifyJson } from '../transform/lossless-json.ts'
import { normalisePrompt } from './normalise.ts'
import { world } from './world-fixture.ts'

const image = (width: number): JsonObject => ({
  class_type: 'EmptyImage',
  inputs: { width, height: 8192, batch_size: 1, color: 0 },
})
const through = (from: string): JsonObject => ({ class_type: 'ImageInvert', inputs: { image: [from, 0] } })
const shown = (from: string): JsonObject => ({ class_type: 'PreviewImage', inputs: { images: [from, 0] } })

const classes = new Map(world.objectInfo.classes)
for (const name of ['EmptyImage', 'ImageInvert'])
  classes.set(name, { ...classes.get(name), python_module: 'nodes', output: ['IMAGE'] })

function judge(prompt: JsonObject, targets?: Json): string {
  const body = { prompt, ...(targets === undefined ? {} : { partial_execution_targets: targets }) }
  const result = normalisePrompt(body, { ...world, objectInfo: { version: '2', classes } })
  return result.ok ? `accepted ${result.own.outputsToExecute}` : stringifyJson(result.value)
}

const tooMuch = expect.stringContaining('megapixels in one picture')
const small = { a: image(64), b: through('a'), s: shown('b') }
const large = { x: image(16_384), y: through('x'), z: shown('y') }

describe('what a prompt asks for', () => {
  it('counts where an output that runs leads back to it', () => {
    expect(judge({ ...small, ...large })).toEqual(tooMuch)
    expect(judge({ ...small, ...large }, ['z'])).toEqual(tooMuch)
    expect(judge({ ...small, ...large }, ['s', 'z'])).toEqual(tooMuch)
  })

  it('does not count where only outputs run that do not need it', () => {
    expect(judge({ ...small, ...large }, ['s'])).toBe('accepted s')
    expect(judge({ ...small, x: large.x, y: large.y })).toBe('accepted s')
  })

  it('counts with targets that ComfyUI leaves aside as well', () => {
    expect(judge({ ...small, ...large }, ['k3f-z', 'nowhere', 'y'])).toEqual(tooMuch)
    expect(judge({ ...small, ...large }, ['x', 'y', 'nowhere', ''])).toContain('prompt_no_outputs')
  })

  it('is judged in every other way wherever it stands', () => {
    const bad = { class_type: 'LoadImage', inputs: { image: '../x.png' } }
    expect(judge({ ...small, x: bad }, ['s'])).toContain('one of your own files')
    expect(judge({ ...small, x: { class_type: 'VAESave', inputs: {} } }, ['s'])).toContain('nodes.admit')
  })
})
