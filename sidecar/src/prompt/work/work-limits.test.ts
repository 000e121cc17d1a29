import { describe, expect, it } from 'vitest'
import type { NormaliseContext } from '../contract.ts'
import { chain, empty, type Nodes, refusal } from './work-fixture.ts'

describe('the judgement itself', () => {
  it('takes each number of a chain once, however often the next one uses it', () => {
    const sum = (before: string): Nodes[string] => [
      'ComfyMathExpression',
      { expression: 'max(a, a, a) + min(b, b, b)', 'values.a': [before, 1], 'values.b': [before, 1] },
    ]
    const nodes = chain(150, ['PrimitiveInt', { value: 1 }], sum)
    expect(refusal(nodes)).toBeUndefined()
    expect(refusal({ ...nodes, a: empty(['n60', 1], 8) })).toMatch(/width: what is connected here/)
  })

  it('reads each picture of a chain once, however often the next one uses it', () => {
    const blend = (before: string): Nodes[string] => [
      'ImageBlend',
      { image1: [before, 0], image2: [before, 0], blend_factor: 0.5 },
    ]
    expect(refusal(chain(150, empty(8, 8), blend))).toBeUndefined()
  })
})

describe('the limits', () => {
  const prompt: Nodes = { a: empty(1024, 1024, 2), k: ['KSampler', { latent_image: ['a', 0], steps: 10 }] }

  it.each<[Partial<NormaliseContext['limits']>, RegExp]>([
    [{ megapixels: 0.5 }, /megapixels in one picture/],
    [{ batch: 1 }, /pictures or frames/],
    [{ heldMegapixels: 1 }, /in memory/],
    [{ workMegapixels: 23 }, /24 megapixels of work/],
  ])('%j are obeyed', (limits, sentence) => {
    expect(refusal(prompt, limits)).toMatch(sentence)
  })

  it('leave alone what is exactly as large', () => {
    expect(refusal(prompt, { megapixels: 1, batch: 2, workMegapixels: 24 })).toBeUndefined()
  })
})
