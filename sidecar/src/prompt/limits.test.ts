import type { Json, JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { stringifyJson } from '../transform/lossless-json.ts'
import { normalisePrompt } from './normalise.ts'
import { world } from './world-fixture.ts'

const limits = { ...world.limits, files: 4, outputs: 3 }

function judge(prompt: JsonObject, targets?: readonly string[]): string {
  const body = { prompt, ...(targets === undefined ? {} : { partial_execution_targets: targets }) }
  const result = normalisePrompt(body, { ...world, limits })
  return result.ok ? 'accepted' : stringifyJson(result.value)
}

const image: JsonObject = { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 1, color: 0 } }
const shown: JsonObject = { class_type: 'PreviewImage', inputs: { images: ['i', 0] } }
const load = (name: Json): JsonObject => ({ class_type: 'LoadImage', inputs: { image: name } })
const times = (count: number, node: JsonObject, prefix: string): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, node]))

describe('the files that a prompt names', () => {
  const tooMany = expect.stringContaining('names more files than the limit of 4.')

  it('may be as many as the limit, also where nothing that runs needs them', () => {
    const small = { i: image, s: shown }
    expect(judge({ ...small, ...times(4, load('x.png'), 'l') })).toBe('accepted')
    expect(judge({ ...small, ...times(5, load('x.png'), 'l') })).toEqual(tooMany)
    expect(judge({ ...small, ...times(5, load('x.png'), 'l') }, ['s'])).toEqual(tooMany)
  })

  it('are counted one by one in lists and scenes', () => {
    const set = { class_type: 'LoadImageSetNode', inputs: { images: { __value__: ['a.png', 'b.png', 'c.png'] } } }
    expect(judge({ i: image, s: shown, a: set, b: load('d.png') })).toBe('accepted')
    expect(judge({ i: image, s: shown, a: set, b: load('d.png'), c: load('e.png') })).toEqual(tooMany)
    const scene = { image: 'a.png', mask: 'b.png', normal: 'c.png', recording: '' }
    const load3d = { class_type: 'Load3D', inputs: { model_file: 'none', image: scene } }
    expect(judge({ i: image, s: shown, a: load3d })).toEqual(tooMany)
  })
})

describe('the outputs that a prompt runs', () => {
  it('may be as many as the limit, of those that were asked for', () => {
    const four = { i: image, ...times(4, shown, 's') }
    expect(judge({ i: image, ...times(3, shown, 's') })).toBe('accepted')
    expect(judge(four)).toContain('runs more nodes that show or save than the limit of 3.')
    expect(judge(four, ['s0', 's1', 's2'])).toBe('accepted')
  })
})
