/** What does the judgement of work say of a small graph? For tests: node classes with their limits, and the sentences of a refusal. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { stringifyJson } from '../../transform/lossless-json.ts'
import { defaultGraphLimits, type NormaliseContext } from '../contract.ts'
import { normalisePrompt } from '../normalise.ts'
import { world } from '../world-fixture.ts'

const int = (max: number): Json => ['INT', { min: 0, max }]
/** Outputs and the numbers with a limit, as `/object_info` of 0.33.0 has them. */
const shapes: Readonly<Record<string, JsonObject>> = {
  EmptyImage: {
    output: ['IMAGE'],
    input: { required: { width: int(16384), height: int(16384), batch_size: int(4096) } },
  },
  EmptyLatentImage: {
    output: ['LATENT'],
    input: { required: { width: int(16384), height: int(16384), batch_size: int(4096) } },
  },
  EmptyHunyuanLatentVideo: { output: ['LATENT'] },
  ImageScaleBy: { output: ['IMAGE'], input: { required: { scale_by: ['FLOAT', { max: 8 }] } } },
  ResizeImageMaskNode: {
    output: ['COMFY_MATCHTYPE_V3'],
    input: {
      required: {
        resize_type: [
          'COMFY_DYNAMICCOMBO_V3',
          { options: [{ key: 'scale dimensions', inputs: { required: { width: int(16384), height: int(16384) } } }] },
        ],
      },
    },
  },
  KSampler: {
    output: ['LATENT'],
    input: { required: { seed: ['INT', { max: 2 ** 64 }], steps: int(10000) } },
  },
  CLIPTextEncode: { output: ['CONDITIONING'] },
  EmptyAudio: { output: ['AUDIO'], input: { required: { duration: ['FLOAT', { max: 2 ** 64 }] } } },
  PreviewAny: { output: ['STRING'], output_node: true },
  UpscaleModelLoader: { output: ['UPSCALE_MODEL'] },
  BasicScheduler: { output: ['SIGMAS'], input: { required: { steps: int(10000) } } },
  ManualSigmas: { output: ['SIGMAS'] },
  SolidMask: { output: ['MASK'] },
  GrowMask: { output: ['MASK'] },
  GetImageSize: { output: ['INT', 'INT', 'INT'] },
  ComfyMathExpression: { output: ['FLOAT', 'INT', 'BOOLEAN'] },
  PackNode: { python_module: 'custom_nodes.some-pack', output: ['INT', 'INT'] },
}
const images = `ImageScale LoadImage ImageUpscaleWithModel RepeatImageBatch ImageBatch BatchImagesNode ImageStitch ImagePadForOutpaint
  RebatchImages SplitImageToTileList CreateList Morphology VAEDecode ImageInvert FrameInterpolate ImageGrid LoadVideo`
const texts = 'PrimitiveString StringConcatenate StringReplace StringFormat CustomCombo TextGenerate'
const classes = new Map(world.objectInfo.classes)
const outputs = (names: string, output: readonly string[]) => {
  for (const name of names.split(/\s+/)) classes.set(name, { ...classes.get(name), output })
}
outputs(images, ['IMAGE'])
outputs(texts, ['STRING'])
outputs('LatentUpscaleBy RepeatLatentBatch SamplerCustomAdvanced', ['LATENT'])
outputs('EmptyAceStep1.5LatentAudio EmptyLatentAudio LTXVEmptyLatentAudio', ['LATENT'])
outputs('VAEDecodeAudio', ['AUDIO'])
for (const [name, info] of Object.entries(shapes)) classes.set(name, { ...classes.get(name), ...info })
const context: NormaliseContext = { ...world, admitted: [{ pack: '*' }], objectInfo: { version: '2', classes } }

export type Nodes = Readonly<Record<string, readonly [classType: string, inputs?: JsonObject]>>

/** The sentences of the refusal of a graph, node by node; undefined when it is accepted. */
export function refusal(nodes: Nodes, limits: Partial<NormaliseContext['limits']> = {}): string | undefined {
  const prompt = Object.fromEntries(
    Object.entries(nodes).map(([id, [class_type, inputs = {}]]) => [id, { class_type, inputs }]),
  )
  const last = Object.keys(nodes).at(-1) ?? ''
  const body = { prompt: { ...prompt, shown: { class_type: 'PreviewAny', inputs: { source: [last, 0] } } } }
  const result = normalisePrompt(body, { ...context, limits: { ...defaultGraphLimits, ...limits } })
  return result.ok ? undefined : stringifyJson(result.value)
}

export const empty = (width: Json, height: Json, batch_size: Json = 1): Nodes[string] => [
  'EmptyImage',
  { width, height, batch_size, color: 0 },
]
export const chain = (length: number, first: Nodes[string], node: (before: string) => Nodes[string]): Nodes => {
  const nodes: Record<string, Nodes[string]> = { n0: first }
  for (let at = 1; at <= length; at++) nodes[`n${at}`] = node(`n${at - 1}`)
  return nodes
}
