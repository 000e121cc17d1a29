import type { Json, JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { stringifyJson } from '../transform/lossless-json.ts'
import type { NormaliseContext } from './contract.ts'
import { normalisePrompt } from './normalise.ts'
import { world } from './world-fixture.ts'

const pack = {
  python_module: 'custom_nodes.some-pack',
  output: [],
  input: {
    required: {
      detector: [['bbox/face.pt', 'bbox/face.safetensors'], {}],
      several: ['COMBO', { options: ['one.pt', 'two.onnx'], multiselect: true }],
      mode: [
        'COMFY_DYNAMICCOMBO_V3',
        { options: [{ key: 'a', inputs: { required: { model: ['COMBO', { options: ['x.pth'] }] } } }] },
      ],
      note: ['STRING', {}],
    },
  },
}
const context: NormaliseContext = {
  ...world,
  admitted: [{ class: 'PackNode' }],
  objectInfo: { version: '3', classes: new Map([...world.objectInfo.classes, ['PackNode', pack]]) },
  embeddings: [
    'old.pt',
    'new.safetensors',
    'both.pt',
    'both.safetensors',
    'styles/deep.bin',
    'v1.5.pt',
    'win\\dows.pt',
  ],
}

function refusal(
  classType: string,
  inputs: JsonObject,
  { allow = [], nodes = {} }: { allow?: readonly string[]; nodes?: JsonObject } = {},
): string | undefined {
  const prompt = {
    ...nodes,
    n: { class_type: classType, inputs },
    shown: { class_type: 'PreviewAny', inputs: { source: ['n', 0] } },
  }
  const result = normalisePrompt({ prompt }, { ...context, allowPickles: allow })
  return result.ok ? undefined : stringifyJson(result.value)
}

describe('a model in a format that can carry code', () => {
  it.each<[string, string, Json]>([
    ['CheckpointLoaderSimple', 'ckpt_name', 'old.ckpt'],
    ['CheckpointLoaderSimple', 'ckpt_name', 'sub/OLD.CKPT'],
    ['VAELoader', 'vae_name', 'x.pt'],
    ['LoraLoader', 'lora_name', 'x.bin'],
    ['UpscaleModelLoader', 'model_name', 'RealESRGAN_x4.pth'],
    ['CLIPLoader', 'clip_name', 'x.pkl'],
    ['DualCLIPLoader', 'clip_name2', 'x.pt2'],
    ['HypernetworkLoader', 'hypernetwork_name', 'x.pt'],
    ['LoraLoader', 'lora_name', 'x.unheard-of'],
    ['LoraLoader', 'lora_name', 'x.safetensors.pt'],
    ['DiffusersLoader', 'model_path', 'some-model'],
    ['PackNode', 'detector', 'bbox/face.pt'],
    ['PackNode', 'several', { __value__: ['two.onnx', 'one.pt'] }],
    ['PackNode', 'mode.model', 'x.pth'],
  ])('is refused in %s.%s: %s', (classType, field, name) => {
    expect(refusal(classType, { [field]: name })).toMatch(/can (?:hold files that )?carry code.*models\.allow_pickles/)
  })

  it.each<[string, string, Json]>([
    ['CheckpointLoaderSimple', 'ckpt_name', 'sub/x.safetensors'],
    ['CheckpointLoaderSimple', 'ckpt_name', 'X.SafeTensors'],
    ['UNETLoader', 'unet_name', 'flux.gguf'],
    ['VAELoader', 'vae_name', 'taesd'],
    ['VAELoader', 'vae_name', 'sdxl.sft'],
    ['CheckpointLoader', 'config_name', 'v1-inference.yaml'],
    ['PackNode', 'detector', 'bbox/face.safetensors'],
    ['PackNode', 'several', { __value__: ['two.onnx'] }],
    ['PackNode', 'note', 'I had old.pt'],
  ])('is not %s.%s: %s', (classType, field, name) => {
    expect(refusal(classType, { [field]: name })).toBeUndefined()
  })

  it('is refused through links as well', () => {
    const nodes = {
      a: { class_type: 'PrimitiveString', inputs: { value: 'old.ck' } },
      b: { class_type: 'StringConcatenate', inputs: { string_a: ['a', 0], string_b: 'pt', delimiter: '' } },
    }
    expect(refusal('CheckpointLoaderSimple', { ckpt_name: ['b', 0] }, { nodes })).toContain('old.ckpt')
  })

  it('is refused through a link to the list of a pack, which ComfyUI does not look at', () => {
    const nodes = { a: { class_type: 'PrimitiveString', inputs: { value: 'bbox/face.pt' } } }
    expect(refusal('PackNode', { detector: ['a', 0] }, { nodes })).toContain('bbox/face.pt')
  })

  it.each([
    ['upscale_models/*.pth', 'UpscaleModelLoader', 'model_name', true],
    ['upscale_models/x4.pth', 'UpscaleModelLoader', 'model_name', true],
    ['*', 'UpscaleModelLoader', 'model_name', true],
    ['loras/*.pth', 'UpscaleModelLoader', 'model_name', false],
    ['upscale_models/x4', 'UpscaleModelLoader', 'model_name', false],
    ['clip_vision/*', 'CLIPVisionLoader', 'clip_name', true],
    ['text_encoders/*', 'CLIPVisionLoader', 'clip_name', false],
    ['text_encoders/*', 'TripleCLIPLoader', 'clip_name3', true],
    ['diffusers/*', 'DiffusersLoader', 'model_path', true],
  ])('%s admits what it names, in %s.%s: %s', (pattern, classType, field, isAdmitted) => {
    expect(refusal(classType, { [field]: 'x4.pth' }, { allow: [pattern] }) === undefined).toBe(isAdmitted)
  })

  it('is told at the node and the field', () => {
    expect(refusal('LoraLoader', { lora_name: 'x.pt' })).toContain(
      '"node_errors":{"n":{"errors":[{"type":"exception_during_validation","message":"Not accepted","details":"lora_name: x.pt is of',
    )
  })
})

describe('an embedding in a prompt text', () => {
  it.each([
    'embedding:old',
    'a cat, embedding:old, drawn',
    '(embedding:old:1.2) cat',
    '(cat, embedding:old.pt:0.5)',
    'embedding:evil.pt',
    'embedding:../x.bin',
    'embedding: old',
    'embedding:old<lora:x>',
    'embedding:old[1]',
    'EMBEDDING:old',
    'embedding:deep',
    'embedding:styles/deep',
    'embedding:v1.5',
    'embedding:win/dows',
    'embedding:win\\dows',
    'embedding:new embedding:old',
    'a\nembedding:old\nb',
  ])('is refused where it is unpickled: %j', (text) => {
    expect(refusal('CLIPTextEncode', { text })).toMatch(/embedding .* can carry code/)
  })

  it.each([
    'embedding:new',
    'embedding:both',
    'embedding:nobody',
    'embedding:',
    'old.pt',
    'my embeddings: old',
    '(embedding:new:1.1)',
  ])('passes where it is not: %j', (text) => {
    expect(refusal('CLIPTextEncode', { text })).toBeUndefined()
  })

  it('is looked for by name, and not by comparing each name with each file', () => {
    const embeddings = Array.from({ length: 2_000 }, (_, index) => `sub/e${index}.pt`)
    let listedCount = 0
    const counted = new Proxy(embeddings, {
      get: (target, key, receiver) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) listedCount += 1
        return Reflect.get(target, key, receiver)
      },
    })
    const text = `embedding:${','.repeat(500)} `.repeat(100)
    const prompt = { n: { class_type: 'CLIPTextEncode', inputs: { text: `${text} embedding:e1999` } } }
    const result = normalisePrompt({ prompt }, { ...context, embeddings: counted })
    expect(result.ok).toBe(false)
    expect(listedCount).toBeLessThan(embeddings.length * 10)
  })

  it('is found in any text, for any can reach a text encoder', () => {
    expect(refusal('PackNode', { note: { a: ['x', 'embedding:old'] } })).toContain('can carry code')
  })

  it('is found in a text that is put together', () => {
    const nodes = {
      a: { class_type: 'StringConcatenate', inputs: { string_a: 'embedd', string_b: 'ing:old', delimiter: '' } },
    }
    expect(refusal('CLIPTextEncode', { text: ['a', 0] }, { nodes })).toContain('can carry code')
  })

  it('passes where the operator admits it', () => {
    expect(refusal('CLIPTextEncode', { text: 'embedding:old' }, { allow: ['embeddings/old.pt'] })).toBeUndefined()
    expect(refusal('CLIPTextEncode', { text: 'embedding:old' }, { allow: ['embeddings/*'] })).toBeUndefined()
    expect(refusal('CLIPTextEncode', { text: 'embedding:old' }, { allow: ['loras/*'] })).toBeDefined()
  })
})

describe('an embedding that can carry code', () => {
  // sd1_clip.py load_embed opens os.path.abspath of the folder and the name, as long as that stays in the folder.
  it.each([
    'embedding:nowhere/../old',
    'embedding:./old',
    'embedding:styles//deep',
    'embedding:../embeddings/old',
    'embedding:/srv/models/embeddings/old',
    'embedding:x\\\\..\\\\old',
    'embedding:styles/../old.pt',
  ])('is found behind the wayward path of "%s", whatever was admitted elsewhere', (text) => {
    expect(refusal('CLIPTextEncode', { text }, { allow: ['embeddings/styles/*.pt'] })).toContain('can carry code')
  })
})
