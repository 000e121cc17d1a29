import type { Json, JsonObject } from '@gatehouse/shared/json'
import { rolePermissions } from '@gatehouse/shared/roles'
import { describe, expect, it } from 'vitest'
import { parseJson, stringifyJson } from '../transform/lossless-json.ts'
import type { NormaliseContext, NormalisedPrompt } from './contract.ts'
import { normalisePrompt } from './normalise.ts'
import { parsePublished } from './published.ts'
import type { Published } from './published-graph.ts'
import { world } from './world-fixture.ts'

const classes = new Map<string, JsonObject>([
  ...world.objectInfo.classes,
  [
    'KSampler',
    {
      python_module: 'nodes',
      output: ['LATENT'],
      input: {
        required: {
          seed: ['INT', {}],
          cfg: ['FLOAT', {}],
          sampler_name: [['euler', 'dpm'], {}],
          latent_image: ['LATENT', {}],
        },
      },
    },
  ],
  [
    'CheckpointLoaderSimple',
    { python_module: 'nodes', output: ['MODEL'], input: { required: { ckpt_name: [['a.safetensors'], {}] } } },
  ],
  [
    'SaveImage',
    {
      python_module: 'nodes',
      output_node: true,
      input: { required: { images: ['IMAGE', {}], filename_prefix: ['STRING', {}] } },
    },
  ],
])
const context: NormaliseContext = { ...world, objectInfo: { version: '9', classes } }

const seed = '18446744073709551615'
const text = `{
  "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
  "4": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 1}},
  "2": {"class_type": "KSampler", "inputs": {"seed": ${seed}, "cfg": 7.5, "sampler_name": "euler", "latent_image": ["1", 0]},
    "_meta": {"title": "Sampler"}},
  "3": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "x"}}
}`

type Change = (prompt: Record<string, { class_type: string; inputs: Record<string, Json>; _meta?: Json }>) => void

/** The published graph, changed. */
function graph(change: Change = () => undefined): JsonObject {
  const prompt = parseJson(text) as Parameters<Change>[0]
  change(prompt)
  return prompt as JsonObject
}

function published(open: readonly (readonly [string, string])[] = [['2', 'seed']], workflow?: JsonObject): Published {
  const parsed = parsePublished(graph())
  if (parsed === undefined) throw new Error('the published graph is none')
  return { name: 'portrait', graph: parsed, open: open.map(([node, input]) => ({ node, input })), workflow }
}

const runner = new Set([...rolePermissions.user].filter((permission) => permission !== 'graph:edit'))

function run(body: JsonObject, more: Partial<NormaliseContext> = {}) {
  return normalisePrompt(body, { ...context, permissions: runner, published: [published()], ...more })
}

function accepted(body: JsonObject, more: Partial<NormaliseContext> = {}): NormalisedPrompt {
  const result = run(body, more)
  if (!result.ok) throw new Error(stringifyJson(result.value))
  return result
}

describe('whoever may edit no graph', () => {
  it('runs what was published, with other values of its open inputs', () => {
    const prompt = graph(({ 2: node }) => Object.assign(node?.inputs ?? {}, { seed: 5 }))
    expect(accepted({ prompt }).own.prompt).toEqual(prompt)
    expect(stringifyJson(accepted({ prompt: graph() }).own.prompt)).toContain(seed)
  })

  it.each<[string, Change]>([
    ['another literal', ({ 1: node }) => Object.assign(node?.inputs ?? {}, { ckpt_name: 'b.safetensors' })],
    ['another number beside the open one', ({ 2: node }) => Object.assign(node?.inputs ?? {}, { cfg: 8 })],
    ['a number as a text', ({ 2: node }) => Object.assign(node?.inputs ?? {}, { cfg: '7.5' })],
    ['another link', ({ 3: node }) => Object.assign(node?.inputs ?? {}, { images: ['4', 1] })],
    ['a link where a value is open', ({ 2: node }) => Object.assign(node?.inputs ?? {}, { seed: ['1', 0] })],
    ['a value of another kind where one is open', ({ 2: node }) => Object.assign(node?.inputs ?? {}, { seed: 'x' })],
    ['another class', (prompt) => Object.assign(prompt['4'] ?? {}, { class_type: 'EmptyLatentImage' })],
    ['a further input', ({ 4: node }) => Object.assign(node?.inputs ?? {}, { more: 1 })],
    ['an input less', ({ 4: node }) => void delete node?.inputs.color],
    ['the open input left out', ({ 2: node }) => void delete node?.inputs.seed],
    ['a further node', (prompt) => Object.assign(prompt, { 9: { class_type: 'EmptyImage', inputs: {} } })],
    ['a node less', (prompt) => void delete prompt['1']],
    [
      'a node under another id',
      (prompt) => {
        Object.assign(prompt, { 7: prompt['1'] })
        delete prompt['1']
      },
    ],
  ])('is refused %s, with the cure', (_what, change) => {
    const result = run({ prompt: graph(change) })
    expect(result).toMatchObject({ ok: false, status: 400, value: { error: { type: 'prompt_refused' } } })
    expect(stringifyJson(result.ok ? null : result.value)).toContain('graph:edit')
  })

  it('tells 64-bit numbers apart by their last digit', () => {
    const other = '18446744073709551614'
    const prompt = parseJson(text.replace(seed, other)) as JsonObject
    expect(run({ prompt }, { published: [published([])] }).ok).toBe(false)
    expect(run({ prompt }).ok).toBe(true)
  })

  it('runs nothing where nothing is published, or nobody has looked', () => {
    expect(run({ prompt: graph() }, { published: [] }).ok).toBe(false)
    expect(run({ prompt: graph() }, { published: undefined }).ok).toBe(false)
  })

  it('runs the whole of it', () => {
    const result = run({ prompt: graph(), partial_execution_targets: ['3'] })
    expect(stringifyJson(result.ok ? null : result.value)).toContain('as a whole')
  })

  it('has open values judged as always', () => {
    const open = [published([['3', 'filename_prefix']])]
    const prompt = graph(({ 3: node }) => Object.assign(node?.inputs ?? {}, { filename_prefix: '../escape' }))
    expect(run({ prompt }, { published: open }).ok).toBe(false)
    const forRole = {
      nodes: { allow: undefined, deny: [{ class: 'KSampler' }] },
      models: { allow: undefined, deny: [] },
    }
    expect(run({ prompt: graph() }, { forRole }).ok).toBe(false)
  })

  it('leaves nothing of their own in the metadata of pictures', () => {
    const extra_data = {
      extra_pnginfo: { workflow: { id: 'mine', nodes: ['forged'] }, note: 'mine' },
      preview_method: 'none',
    }
    const titled = graph(({ 2: node }) => Object.assign(node ?? {}, { _meta: { title: 'forged' } }))
    const bare = accepted({ prompt: titled, extra_data })
    expect(bare.own.extraData).toEqual({ preview_method: 'none' })
    expect(bare.own.workflowId).toBeUndefined()
    expect(bare.own.prompt['2']).toMatchObject({ _meta: { title: 'Sampler' } })
    const workflow = { id: 'house', nodes: [] }
    const whole = accepted({ prompt: graph(), extra_data }, { published: [published([], workflow)] })
    expect(whole.own.extraData).toEqual({ preview_method: 'none', extra_pnginfo: { workflow } })
    expect(whole.own.workflowId).toBe('house')
  })
})

it('whoever may edit graphs runs any, published or not', () => {
  const prompt = graph(({ 4: node }) => Object.assign(node?.inputs ?? {}, { color: 3 }))
  expect(normalisePrompt({ prompt }, context).ok).toBe(true)
})

it('texts and numbers that name no file, model or prefix stay open where nobody says what does', () => {
  const result = normalisePrompt({ prompt: graph() }, context)
  const { plain, literal } = result.ok ? result.openable() : { plain: [], literal: [] }
  expect(plain).toEqual([
    { node: '2', input: 'seed' },
    { node: '2', input: 'cfg' },
  ])
  expect(literal).toContainEqual({ node: '1', input: 'ckpt_name' })
  expect(literal).not.toContainEqual({ node: '3', input: 'images' })
})
