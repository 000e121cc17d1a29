import { describe, expect, it } from 'vitest'
import { collectTempNames } from './temp-names.ts'

describe('collectTempNames', () => {
  it('finds each own temp name of the graph once, wherever it hides', () => {
    const prompt = {
      '1': { class_type: 'LoadImage', inputs: { image: 'a.png [temp]' } },
      '2': {
        class_type: 'Load3D',
        inputs: { image: { image: 'threed/b.png [temp]', mask: { __value__: ['c.png [temp]'] } } },
      },
      '3': { class_type: 'LoadImage', inputs: { image: 'a.png [temp]', other: 'd.png [output]' } },
    }
    expect([...collectTempNames({ prompt, extra_data: { x: 'e.png [temp]' } })].sort()).toEqual([
      'a.png',
      'c.png',
      'threed/b.png',
    ])
  })

  it.each([[null], [[]], [{}], [{ prompt: null }], [{ prompt: 'x [temp]x' }]])('finds none in %j', (body) => {
    expect(collectTempNames(body)).toEqual([])
  })

  it('finds no more than a graph can use', () => {
    const body = { prompt: Array.from({ length: 5000 }, (_, index) => `${index} [temp]`) }
    expect(collectTempNames(body).length).toBe(1000)
  })
})
