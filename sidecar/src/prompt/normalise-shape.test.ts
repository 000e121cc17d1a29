import type { Json } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { accepted, graph, image, refused, save } from './graph-fixture.ts'
import { world } from './world-fixture.ts'

describe('links', () => {
  it.each([
    ['to nowhere', ['7', 0]],
    ['that are too short', ['1']],
    ['that are too long', ['1', 0, 0]],
    ['with a number for a node', [1, 0]],
    ['with text for a slot', ['1', '0']],
    ['with a negative slot', ['1', -1]],
    ['with a fraction', ['1', 0.5]],
    ['that are empty', []],
    ['hidden in __value__', { __value__: ['1', 0] }],
    ['hidden in __value__ to nowhere', { __value__: ['nowhere', 0.0] }],
    ['hidden twice', { __value__: { __value__: ['1', 0] } }],
  ])('%s are refused at the node, in declared inputs and others', (_name, link) => {
    for (const name of ['images', 'undeclared']) {
      const prompt = { ...graph, '2': { ...save, inputs: { ...save.inputs, [name]: link } } }
      expect(Object.keys(Object(refused({ prompt }).value.node_errors))).toEqual(['2'])
    }
  })

  it('in a circle are refused', () => {
    const blur = (from: string) => ({ class_type: 'ImageBlur', inputs: { image: [from, 0] } })
    const { value } = refused({ prompt: { ...graph, a: blur('b'), b: blur('a') } })
    expect(Object.keys(Object(value.node_errors))).toEqual(['a', 'b'])
    refused({ prompt: { ...graph, a: blur('a') } })
  })

  it('in a chain beyond the limit are refused, reachable or not', () => {
    const chain = (length: number) => ({
      ...graph,
      c0: image,
      ...Object.fromEntries(
        Array.from({ length: length - 1 }, (_, index) => [
          `c${index + 1}`,
          { class_type: 'ImageBlur', inputs: { image: [`c${index}`, 0] } },
        ]),
      ),
    })
    accepted({ prompt: chain(200) })
    expect(refused({ prompt: chain(201) }).value).toMatchObject({ error: { message: expect.stringContaining('200') } })
  })
})

describe('limits', () => {
  const limits = { ...world.limits, nodes: 3, nesting: 8, stringLength: 100, listLength: 10, inputsPerNode: 6 }
  const within = { ...world, limits }

  it('let a small prompt through', () => {
    accepted({ prompt: graph }, within)
  })

  it.each([
    ['nodes', { ...graph, '3': image, '4': image }],
    ['a long text', { ...graph, '1': { ...image, inputs: { text: 'x'.repeat(101) } } }],
    ['a long list', { ...graph, '1': { ...image, inputs: { list: { __value__: Array(11).fill(1) } } } }],
    ['deep nesting', { ...graph, '1': { ...image, inputs: { deep: { a: { a: { a: { a: { a: 1 } } } } } } } }],
    ['many inputs', { ...graph, '1': { ...image, inputs: { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 } } }],
  ])('refuse %s with a sentence in message', (_name, prompt) => {
    expect(refused({ prompt }, within).value).toMatchObject({
      error: { message: expect.stringContaining('limit of') },
      node_errors: {},
    })
  })

  it('refuse nesting that would overflow the stack', () => {
    let deep: Json = 1
    for (let level = 0; level < 200_000; level++) deep = [deep]
    refused({ prompt: graph, extra_data: { extra_pnginfo: { workflow: { deep } } } })
  })
})

describe('node ids', () => {
  it.each([[''], ['x'.repeat(129)], ['a\nb'], ['\0'], ['\ud800']])('%j is refused', (id) => {
    refused({ prompt: { ...graph, [id]: image } })
  })

  it('that become equal without the own prefix are refused', () => {
    refused({ prompt: { ...graph, 'k3f-1': image } })
  })
})
