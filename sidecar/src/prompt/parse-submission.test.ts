import type { Json, JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { normalisePrompt } from './normalise.ts'
import { world } from './world-fixture.ts'

const image = { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: 0 } }
const save = { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } }
const prompt = { '1': image, '2': save, '3': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } } }

function targetsOf(targets: Json): Json {
  const result = normalisePrompt({ prompt, partial_execution_targets: targets }, world)
  if (!result.ok) return Object(result.value.error).type
  expect(result.upstream.targets).toEqual(result.own.outputsToExecute.map((id) => `k3f-${id}`))
  return result.own.outputsToExecute
}

function errorOf(body: Json): JsonObject {
  const result = normalisePrompt(body, world)
  if (result.ok) throw new Error('accepted')
  return Object(result.value.error)
}

describe('partial_execution_targets', () => {
  it.each<[string, Json, Json]>([
    ['a list', ['3'], ['3']],
    ['duplicates', ['3', '3', '3'], ['3']],
    ['any order', ['3', '2'], ['2', '3']],
    ['an id with the own prefix, as ComfyUI saved it', ['k3f-2'], ['2']],
    ['a node that is no output', ['1', '2'], ['2']],
    ['only a node that is no output', ['1'], 'prompt_no_outputs'],
    ['unknown ids', ['77', '__proto__', ''], 'prompt_no_outputs'],
    ['the id that another tenant has inside ComfyUI', ['k9x-2'], 'prompt_no_outputs'],
    ['no ids', [], 'prompt_no_outputs'],
    // ComfyUI looks for each output in the text: "23" would run both.
    ['a text', '23', 'prompt_refused'],
    ['numbers', [2], 'prompt_refused'],
    ['lists', [['2']], 'prompt_refused'],
    ['an object', { 2: true }, 'prompt_refused'],
    ['true', true, 'prompt_refused'],
  ])('as %s', (_, targets, expected) => {
    expect(targetsOf(targets)).toEqual(expected)
  })

  it('as null are all outputs', () => {
    const result = normalisePrompt({ prompt, partial_execution_targets: null }, world)
    expect(result.ok && result.own.outputsToExecute).toEqual(['2', '3'])
    expect(result.ok && result.upstream.targets).toBeUndefined()
  })
})

describe('a workflow as the page saves it', () => {
  const workflow = {
    id: 'w',
    last_node_id: 2,
    nodes: [{ id: 1, type: 'EmptyImage', pos: [0, 0], widgets_values: [64, 64, 1, 0] }],
    links: [[1, 1, 0, 2, 0, 'IMAGE']],
    version: 0.4,
  }

  it('is refused with the cure where the graph belongs', () => {
    expect(errorOf({ prompt: workflow })).toMatchObject({
      type: 'prompt_refused',
      message: expect.stringContaining('choose "Export (API)"'),
    })
  })

  it('is refused with the cure where it is the whole body', () => {
    expect(errorOf(workflow)).toMatchObject({
      type: 'no_prompt',
      message: expect.stringContaining('choose "Export (API)"'),
    })
  })

  it('is not what a graph is whose nodes have such ids', () => {
    const graph = { nodes: image, links: { ...save, inputs: { images: ['nodes', 0] } } }
    expect(normalisePrompt({ prompt: graph }, world).ok).toBe(true)
  })
})

describe('a graph', () => {
  it('that is the whole body is told where it belongs', () => {
    expect(errorOf(prompt)).toMatchObject({ type: 'no_prompt', message: expect.stringContaining('under "prompt"') })
  })

  it('that is not there is told in the words of ComfyUI', () => {
    expect(errorOf({ client_id: 'x' })).toMatchObject({ type: 'no_prompt', message: 'No prompt provided' })
  })
})
