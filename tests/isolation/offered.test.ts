/** What is a person offered in ComfyUI's lists? The classes that their role may run, and the models that they may choose. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AddedClass } from '../practice-comfyui/nodes/catalogue.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { type Person, parseRecord } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'

const files = [
  ...['models/checkpoints/fine.safetensors', 'models/checkpoints/old.ckpt'],
  ...['models/upscale_models/4x.pth', 'models/upscale_models/other.pth', 'models/upscale_models/fine.safetensors'],
  ...['models/embeddings/word.safetensors', 'models/embeddings/rude.pt', 'models/embeddings/house/kept.pt'],
  ...['models/embeddings/both.pt', 'models/embeddings/both.safetensors'],
]

function loader(name: string, field: string, options: readonly string[]): AddedClass {
  return {
    info: {
      ...{ name, display_name: name, description: '', python_module: 'nodes', category: 'test', search_aliases: [] },
      ...{ input_order: { required: [field] }, is_input_list: false, has_intermediate_output: false },
      input: { required: { [field]: ['COMBO', { multiselect: false, options }] } },
      ...{ output: ['MODEL'], output_is_list: [false], output_name: ['MODEL'], output_node: false },
    },
    behaviour: { run: () => ({ outputs: ['a model'] }) },
  }
}

const added = {
  UpscaleModelLoader: loader('UpscaleModelLoader', 'model_name', ['4x.pth', 'fine.safetensors', 'other.pth']),
  RegexMatch: loader('RegexMatch', 'mode', ['one']),
}

let practice: PracticeComfyui
let world: World

beforeAll(async () => {
  practice = await startPracticeComfyui({ added })
  for (const file of files) {
    mkdirSync(dirname(join(practice.baseDirectory, file)), { recursive: true })
    writeFileSync(join(practice.baseDirectory, file), 'weights')
  }
  world = await createWorld({
    comfyuiUrl: practice.url,
    config: (config) => ({
      ...config,
      nodes: { ...config.nodes, admit: [{ class: 'PracticeSteps', roles: ['owner'] }] },
      models: { allow_pickles: ['upscale_models/4x*', 'embeddings/house/*'] },
    }),
  })
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await practice.close()
})

async function told(person: Person, path: string): Promise<unknown> {
  const plain: unknown = await (await person.fetch(path)).json()
  expect(await (await person.fetch(`/api${path}`)).json()).toEqual(plain)
  return plain
}

async function classesOf(person: Person): Promise<readonly string[]> {
  return Object.keys(parseRecord(await told(person, '/object_info')))
}

describe('node classes', () => {
  it('are offered to the roles that may run them, and to nobody else', async () => {
    const [alices, olgas] = [await classesOf(world.alice), await classesOf(world.olga)]
    expect(olgas).toContain('PracticeSteps')
    expect(olgas.filter((name) => !alices.includes(name))).toEqual(['PracticeSteps'])
    expect(alices).toContain('EmptyImage')
    for (const names of [alices, olgas]) expect(names).not.toContain('RegexMatch')
  })

  it('that are not offered answer by name as classes that are not there', async () => {
    expect(Object.keys(parseRecord(await told(world.olga, '/object_info/PracticeSteps')))).toEqual(['PracticeSteps'])
    for (const [person, name] of [
      [world.alice, 'PracticeSteps'],
      [world.alice, 'RegexMatch'],
      [world.olga, 'RegexMatch'],
      [world.alice, 'NeverThere'],
    ] as const)
      expect(await told(person, `/object_info/${name}`)).toEqual({})
  })

  it('are refused with their cure where a prompt holds one all the same', async () => {
    const prompt = { '1': { class_type: 'RegexMatch', inputs: { mode: 'one' } } }
    const answer = await world.alice.post('/prompt', { prompt })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('An operator can admit RegexMatch under nodes.admit.')
  })
})

describe('models in formats that can carry code', () => {
  it('are in no list, except those that the operator admitted', async () => {
    expect(await told(world.alice, '/models/checkpoints')).toEqual(['fine.safetensors'])
    expect(await told(world.alice, '/models/upscale_models')).toEqual(['4x.pth', 'fine.safetensors'])
    expect(await told(world.alice, '/object_info/UpscaleModelLoader')).toMatchObject({
      UpscaleModelLoader: {
        input: { required: { model_name: ['COMBO', { options: ['4x.pth', 'fine.safetensors'] }] } },
      },
    })
    const listed: unknown = await (await world.alice.fetch('/api/experiment/models/checkpoints')).json()
    expect(listed).toMatchObject([{ name: 'fine.safetensors' }])
  })

  it('are not offered by the names under which texts mention them, unless a harmless file is taken first', async () => {
    expect(new Set(Array.from(String(await told(world.alice, '/embeddings')).split(',')))).toEqual(
      new Set(['both', 'house/kept', 'word']),
    )
  })
})
