import type { Json, JsonObject } from '@gatehouse/shared/json'
import { rolePermissions } from '@gatehouse/shared/roles'
import { describe, expect, it } from 'vitest'
import { parseJson, stringifyJson } from '../transform/lossless-json.ts'
import { accepted, graph, image, refused, save } from './graph-fixture.ts'
import { key, world } from './world-fixture.ts'

function inputsOf(prompt: JsonObject, id: string): Json | undefined {
  const node = prompt[id]
  return node !== null && typeof node === 'object' && 'inputs' in node ? node.inputs : undefined
}

describe('an accepted prompt', () => {
  it('reaches ComfyUI under the node ids, the folder and the salt of its tenant', () => {
    expect(accepted({ prompt: graph }).upstream.prompt).toEqual({
      'k3f-1': { ...image, inputs: { ...image.inputs, _gatehouse: 'salt-of-acme' } },
      'k3f-2': {
        class_type: 'SaveImage',
        inputs: { images: ['k3f-1', 0], filename_prefix: `${key}/ComfyUI`, _gatehouse: 'salt-of-acme' },
      },
    })
  })

  it('stays for its owner as it was sent', () => {
    const titled = { ...graph, '1': { ...image, _meta: { title: 'Mine' } } }
    expect(accepted({ prompt: titled }).own.prompt).toEqual(titled)
  })

  it('loses every key of a node that ComfyUI does not know, first of all is_changed', () => {
    const prompt = { ...graph, '1': { ...image, is_changed: ['a'], _meta: { title: 't', x: 1 }, pos: [1, 2], mode: 0 } }
    const { upstream, own } = accepted({ prompt })
    expect(own.prompt['1']).toEqual({ ...image, _meta: { title: 't' } })
    expect(Object.keys(Object(upstream.prompt['k3f-1']))).toEqual(['class_type', 'inputs', '_meta'])
  })

  it('keeps 64-bit seeds and the spelling of numbers', () => {
    const text =
      '{"prompt":{"1":{"class_type":"RandomNoise","inputs":{"noise_seed":18446744073709551615,"x":1.0}},"2":{"class_type":"PreviewAny","inputs":{"source":["1",0]}}}}'
    const printed = stringifyJson(accepted(parseJson(text)).upstream.prompt)
    expect(printed).toContain('"noise_seed":18446744073709551615,"x":1.0')
  })

  it('takes subgraph ids and any other printable id', () => {
    const prompt = { '5:2': image, 'my node': { ...save, inputs: { ...save.inputs, images: ['5:2', 0] } } }
    expect(Object.keys(accepted({ prompt }).upstream.prompt)).toEqual(['k3f-5:2', 'k3f-my node'])
  })

  it('gives a node without inputs none, instead of killing the worker', () => {
    const prompt = { ...graph, '9': { class_type: 'LoadImage' } }
    expect(inputsOf(accepted({ prompt }).upstream.prompt, 'k3f-9')).toEqual({ _gatehouse: 'salt-of-acme' })
  })

  it('survives the round trip through a saved file without its own key, prefix and salt', () => {
    const once = accepted({ prompt: graph })
    const again = accepted({ prompt: once.upstream.prompt })
    expect(again.upstream.prompt).toEqual(once.upstream.prompt)
    expect(again.own.prompt).toEqual(graph)
  })

  it('never carries the salt of another tenant', () => {
    const foreign = { ...image, inputs: { ...image.inputs, _gatehouse: 'salt-of-birch' } }
    const { upstream, own } = accepted({ prompt: { ...graph, '1': foreign } })
    expect(stringifyJson(upstream.prompt)).not.toContain('birch')
    expect(stringifyJson(own.prompt)).not.toContain('birch')
  })

  it('takes __proto__ and constructor for ordinary names', () => {
    const body = parseJson(
      '{"prompt":{"__proto__":{"class_type":"EmptyImage","inputs":{"__proto__":1,"constructor":2}},"p":{"class_type":"PreviewImage","inputs":{"images":["__proto__",0]}}}}',
    )
    expect(stringifyJson(accepted(body).upstream.prompt)).toBe(
      '{"k3f-__proto__":{"class_type":"EmptyImage","inputs":{"__proto__":1,"constructor":2,"_gatehouse":"salt-of-acme"}},"k3f-p":{"class_type":"PreviewImage","inputs":{"images":["k3f-__proto__",0],"_gatehouse":"salt-of-acme"}}}',
    )
  })

  it('unwraps __value__, and keeps it round lists only', () => {
    const prompt = {
      ...graph,
      '1': { ...image, inputs: { a: { __value__: 5 }, b: { __value__: [1, 2, 3] }, c: { x: ['1', 0] } } },
    }
    expect(inputsOf(accepted({ prompt }).upstream.prompt, 'k3f-1')).toEqual({
      a: 5,
      b: { __value__: [1, 2, 3] },
      c: { x: ['1', 0] },
      _gatehouse: 'salt-of-acme',
    })
  })
})

describe('the salt', () => {
  const checkpoint = { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'sd/model.safetensors' } }
  const prompt = {
    ...graph,
    '4': checkpoint,
    '5': { class_type: 'LoraLoader', inputs: { lora_name: 'x.safetensors', model: ['4', 0], clip: ['4', 1] } },
    '6': { class_type: 'CustomCombo', inputs: { choice: 'a' } },
  }

  it('spares model loaders with literal inputs, so that models stay loaded across tenants', () => {
    expect(inputsOf(accepted({ prompt }).upstream.prompt, 'k3f-4')).toEqual(checkpoint.inputs)
  })

  it('marks a loader with a link', () => {
    expect(inputsOf(accepted({ prompt }).upstream.prompt, 'k3f-5')).toHaveProperty('_gatehouse', 'salt-of-acme')
  })

  it('spares classes that hand any input to their function', () => {
    expect(inputsOf(accepted({ prompt }).upstream.prompt, 'k3f-6')).toEqual({ choice: 'a' })
  })
})

describe('the ids and numbers a client asks for', () => {
  const id = '7f0c2a4e-1111-4222-8333-444455556666'

  it('are handed to the ledger', () => {
    const { own } = accepted({ prompt: graph, client_id: 'tab', prompt_id: id, number: -3.5, front: true })
    expect(own).toMatchObject({ clientId: 'tab', requestedId: id, requestedNumber: -3.5, front: true })
  })

  it('may be absent or null', () => {
    const { own } = accepted({ prompt: graph, client_id: null, prompt_id: null })
    expect(own).toMatchObject({ clientId: undefined, requestedId: undefined, requestedNumber: undefined, front: false })
  })

  it.each([
    ['upper case', id.toUpperCase()],
    ['no hyphens', id.replaceAll('-', '')],
    ['a path', '../../history'],
    ['a number', 5],
    ['an object', {}],
    ['braces', `{${id}}`],
    ['a trailing newline', `${id}\n`],
  ])('refuses a prompt_id with %s in ComfyUI\u2019s words', (_name, promptId) => {
    const { status, value } = refused({ prompt: graph, prompt_id: promptId })
    expect(status).toBe(400)
    expect(value).toMatchObject({ error: { type: 'invalid_prompt_id' }, node_errors: {} })
  })

  it.each([[{}], [['a']], ['x'.repeat(129)], ['a\nb'], ['\ud800']])(
    'refuses %j as client_id, which would end the process',
    (clientId) => {
      refused({ prompt: graph, client_id: clientId })
      refused({ prompt: graph, extra_data: { client_id: clientId } })
    },
  )

  it('lets the client_id of the body win over the one in extra_data', () => {
    expect(accepted({ prompt: graph, extra_data: { client_id: 'b' } }).own.clientId).toBe('b')
    expect(accepted({ prompt: graph, client_id: 'a', extra_data: { client_id: 'b' } }).own.clientId).toBe('a')
    expect(accepted({ prompt: graph, extra_data: { client_id: 'b' } }).own.extraData).toEqual({})
  })

  it.each([['NaN'], ['inf'], ['x'], [null], [{}], [[1]], ['1e999'], [''], [true]])('refuses %j as number', (number) => {
    refused({ prompt: graph, number })
  })

  it('takes a number in text, as ComfyUI does', () => {
    expect(accepted({ prompt: graph, number: ' 12 ' }).own.requestedNumber).toBe(12)
  })

  it('refuses a number that is finite in text only', () => {
    refused(parseJson(`{"prompt":${JSON.stringify(graph)},"number":1e999}`))
  })
})

describe('extra_data', () => {
  it('is rebuilt from the members that ComfyUI knows', () => {
    const workflow = { id: 'w1', nodes: [], extra: { ds: { scale: 1 } } }
    const extra = {
      extra_pnginfo: { workflow, note: 'x' },
      preview_method: 'taesd',
      comfy_usage_source: 'ui',
      evil: 1,
      create_time: 5,
    }
    const result = accepted({ prompt: graph, extra_data: extra })
    const kept = { extra_pnginfo: { workflow, note: 'x' }, preview_method: 'taesd', comfy_usage_source: 'ui' }
    expect(result.own.extraData).toEqual(kept)
    expect(result.own.workflowId).toBe('w1')
  })

  it('never holds the Comfy.org secrets', () => {
    const result = accepted({ prompt: graph, extra_data: { auth_token_comfy_org: 'tok', api_key_comfy_org: 'key' } })
    expect(result.secrets).toEqual({ authTokenComfyOrg: 'tok', apiKeyComfyOrg: 'key' })
    expect(stringifyJson(result.own.extraData)).toBe('{}')
  })

  it('drops secrets that could not be a header', () => {
    expect(accepted({ prompt: graph, extra_data: { api_key_comfy_org: 'a\r\nX: y' } }).secrets).toEqual({})
  })

  it('are no keys of Gatehouse that a client sends wherever a key may stand', () => {
    const key = `gh_AbCdEfGh1234_${'s'.repeat(40)}`
    const result = accepted({ prompt: graph, extra_data: { api_key_comfy_org: key, auth_token_comfy_org: key } })
    expect(result.secrets).toEqual({})
    expect(JSON.stringify([result.upstream, result.own])).not.toContain(key)
  })

  it.each([
    [[]],
    ['x'],
    [5],
    [{ extra_pnginfo: [] }],
    [{ extra_pnginfo: 'x' }],
    [{ extra_pnginfo: { workflow: [] } }],
    [{ extra_pnginfo: { workflow: 'x' } }],
  ])('refuses %j, which would break GET /api/jobs for everybody', (extra) => {
    refused({ prompt: graph, extra_data: extra })
  })

  it('drops nulls that would break it', () => {
    expect(accepted({ prompt: graph, extra_data: { extra_pnginfo: null } }).own.extraData).toEqual({})
    expect(accepted({ prompt: graph, extra_data: { extra_pnginfo: { workflow: null } } }).own.extraData).toEqual({
      extra_pnginfo: {},
    })
  })

  it('drops an unknown preview method', () => {
    expect(accepted({ prompt: graph, extra_data: { preview_method: 'x' } }).own.extraData).toEqual({})
  })

  it('takes the usage source from the header where the body has none', () => {
    const context = { ...world, comfyUsageSource: 'header' }
    expect(accepted({ prompt: graph }, context).own.extraData).toEqual({ comfy_usage_source: 'header' })
  })
})

describe('the outputs', () => {
  const two = { ...graph, '3': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } } }

  it('are all output nodes', () => {
    const result = accepted({ prompt: two })
    expect(result.own.outputsToExecute).toEqual(['2', '3'])
    expect(result.upstream.targets).toBeUndefined()
  })

  it('are those the client asks for, under upstream ids', () => {
    const result = accepted({ prompt: two, partial_execution_targets: ['3', '1', 'nowhere'] })
    expect(result.own.outputsToExecute).toEqual(['3'])
    expect(result.upstream.targets).toEqual(['k3f-3'])
  })

  it.each([[{ prompt: two, partial_execution_targets: [] }], [{ prompt: { '1': image } }], [{ prompt: {} }]])(
    'are refused in ComfyUI\u2019s words where there are none',
    (body) => {
      expect(refused(body).value).toMatchObject({
        error: { type: 'prompt_no_outputs', message: 'Prompt has no outputs' },
      })
    },
  )

  it.each([['2'], [{}], [[2]]])('refuse %j as targets', (targets) => {
    refused({ prompt: two, partial_execution_targets: targets })
  })
})

describe('a malformed body', () => {
  it.each([[null], [[]], ['x'], [5]])('%j is refused with a sentence', (body) => {
    expect(refused(body).value).toMatchObject({ error: { message: expect.stringMatching(/\.$/) }, node_errors: {} })
  })

  it('without prompt is refused in ComfyUI\u2019s words', () => {
    expect(refused({}).value).toEqual({
      error: { type: 'no_prompt', message: 'No prompt provided', details: 'No prompt provided', extra_info: {} },
      node_errors: {},
    })
  })

  it.each([[null], [[]], ['x'], [[image]]])('with %j as prompt is refused', (prompt) => {
    refused({ prompt })
  })
})

describe('node classes', () => {
  it('that ComfyUI does not list are refused as ComfyUI does, so that its own replacements never apply', () => {
    const prompt = { ...graph, '3': { class_type: 'Load3DAnimation', inputs: {}, _meta: { title: 'Old' } } }
    expect(refused({ prompt }).value).toEqual({
      error: {
        type: 'missing_node_type',
        message: "Node 'Old' not found. The custom node may not be installed.",
        details: "Node ID '#3'",
        extra_info: { node_id: '3', class_type: 'Load3DAnimation', node_title: 'Old' },
      },
      node_errors: {},
    })
  })

  it.each([[{}], [{ class_type: null }], [{ class_type: ['SaveImage'] }], ['x'], [null]])(
    'of %j are missing',
    (node) => {
      expect(refused({ prompt: { ...graph, '3': node } }).value).toMatchObject({ error: { type: 'missing_node_type' } })
    },
  )

  it.each([
    ['PackNode', 'nodes.admit'],
    ['ImageInvert', 'nodes.admit'],
    ['RegexMatch', 'nodes.admit'],
    ['GLSLShader', 'nodes.admit'],
    ['SaveImageDataSetToFolder', 'outside the output folder'],
    ['CheckpointSave', 'every other user'],
    ['TripoTextToModelNode', 'root of the shared output folder'],
    ['GeminiInputFiles', 'shared input folder'],
  ])('%s is refused at the node, with the cure', (classType, cure) => {
    const { status, value } = refused({ prompt: { ...graph, '3': { class_type: classType, inputs: {} } } })
    expect(status).toBe(400)
    expect(value).toMatchObject({
      error: { type: 'prompt_outputs_failed_validation' },
      node_errors: {
        '3': {
          errors: [{ type: 'exception_during_validation', details: expect.stringContaining(cure), extra_info: {} }],
          dependent_outputs: [],
          class_type: classType,
        },
      },
    })
  })

  it('that only compute need no admission', () => {
    accepted({ prompt: { ...graph, '3': { class_type: 'ImageBlur', inputs: { image: ['1', 0] } } } })
  })

  it('of partners need a permission', () => {
    const prompt = { ...graph, '3': { class_type: 'OpenAIDalle3', inputs: { prompt: 'x' } } }
    accepted({ prompt })
    refused({ prompt }, { ...world, role: 'guest', permissions: rolePermissions.guest })
  })

  it('that the operator admits run, with the fields that name files mapped', () => {
    const context = { ...world, admitted: [{ pack: 'some-pack' }] }
    const inputs = { picture: 'x.png', remote: 'sub/y.png [output]', filename_prefix: '', notes: '../free' }
    const result = accepted({ prompt: { '1': { class_type: 'PackNode', inputs } } }, context)
    expect(inputsOf(result.upstream.prompt, 'k3f-1')).toEqual({
      picture: `${key}/x.png`,
      remote: `${key}/sub/y.png [output]`,
      filename_prefix: `${key}/ComfyUI`,
      notes: '../free',
      _gatehouse: 'salt-of-acme',
    })
    refused({ prompt: { '1': { class_type: 'PackNode', inputs: { ...inputs, picture: '../x.png' } } } }, context)
  })

  it('that do harm run only when the operator names them in full', () => {
    const prompt = { ...graph, '3': { class_type: 'CheckpointSave', inputs: { filename_prefix: 'x' } } }
    refused({ prompt }, { ...world, admitted: [{ class: '*' }] })
    const result = accepted({ prompt }, { ...world, admitted: [{ class: 'CheckpointSave' }] })
    expect(inputsOf(result.upstream.prompt, 'k3f-3')).toHaveProperty('filename_prefix', `${key}/x`)
  })
})

it('no refusal has words that the stock UI takes for something else', () => {
  const bodies: Json[] = [
    null,
    { prompt: graph, number: 'x' },
    { prompt: graph, client_id: {} },
    { prompt: { ...graph, '3': { class_type: 'PackNode', inputs: {} } } },
    { prompt: { ...graph, '3': { class_type: 'OpenAIDalle3', inputs: {} } } },
  ]
  for (const body of bodies) {
    const text = stringifyJson(refused(body, { ...world, role: 'guest', permissions: rolePermissions.guest }).value)
    expect(text).not.toMatch(/Rate Limit Exceeded|Unauthorized|Please login|Subscription required|server_error/i)
  }
})
