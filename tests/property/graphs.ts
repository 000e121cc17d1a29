/** Which graphs do people run in a story? Few kinds and few colours, so that different people often run the same. */
import fc from 'fast-check'
import type { Graph } from '../support/person.ts'
import { modelName } from './extra-classes.ts'
import type { Scene } from './scene.ts'

export interface GraphIdea {
  readonly says: string
  readonly graph: (scene: Scene) => Promise<Graph>
  /** A node that may be asked for alone. */
  readonly target: string
}

const colour = fc.constantFrom(1, 2)
const prefix = fc.constantFrom('out', 'out', '{own}/out', '{foreign}/out', 'sub/out')
const inputName = fc.constantFrom('x.png', 'x.png', 'note.png', 'sub/x.png', 'out_00001_.png [output]')

/** `{own}` and `{foreign}` are the folders of tenants inside ComfyUI, should anybody learn them. */
export function filledIn(text: string, { me, foreign }: Scene): string {
  return text.replaceAll('{own}', me.folderKey).replaceAll('{foreign}', foreign.folderKey)
}

const picture = (color: number): Graph[string] => ({
  class_type: 'EmptyImage',
  inputs: { width: 16, height: 16, batch_size: 1, color },
})

type Build = (scene: Scene) => Graph | Promise<Graph>

function idea(says: string, target: string, build: Build): GraphIdea {
  return { says, target, graph: async (scene) => build(scene) }
}

const savedPicture = (color: number, name: string): GraphIdea =>
  idea(`a picture ${color} saved as ${name}`, '2', (scene) => ({
    '1': picture(color),
    '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: filledIn(name, scene) } },
    '3': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  }))

const saved = fc.tuple(colour, prefix).map(([color, name]) => savedPicture(color, name))

const previewed = colour.map((color) =>
  idea(`a preview of picture ${color}`, '2', () => ({
    '1': picture(color),
    '2': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  })),
)

const copied = fc
  .tuple(
    fc.constantFrom('LoadImage', 'LoadImage', 'LoadImageMask'),
    fc.oneof(inputName, fc.constantFrom('{foreign}/x.png', '{foreign}/x.png', '{own}/x.png')),
  )
  .map(([load, name]) =>
    idea(`a copy of ${name} by ${load}`, '2', (scene) => ({
      '1': {
        class_type: load,
        inputs: { image: filledIn(name, scene), ...(load === 'LoadImage' ? {} : { channel: 'red' }) },
      },
      '2':
        load === 'LoadImage'
          ? { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'copy' } }
          : { class_type: 'MaskPreview', inputs: { mask: ['1', 0] } },
    })),
  )

const foreignPreview = fc.constantFrom('own' as const, 'foreign' as const).map((whose) =>
  idea(`a copy of a preview of ${whose === 'own' ? 'their own' : "another's"}`, '2', async (scene) => ({
    '1': { class_type: 'LoadImage', inputs: { image: `${await scene.previewOf(whose)} [temp]` } },
    '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'copy' } },
  })),
)

const texts = colour.map((color) =>
  idea(`the size of picture ${color} as text`, '3', () => ({
    '1': picture(color),
    '2': { class_type: 'GetImageSize', inputs: { image: ['1', 0] } },
    '3': { class_type: 'PreviewAny', inputs: { source: ['2', 0] } },
    '4': { class_type: 'SaveText', inputs: { text: `size ${color}`, format: 'txt', filename_prefix: 'text' } },
  })),
)

const progress = fc.tuple(colour, fc.integer({ min: 1, max: 3 })).map(([color, steps]) =>
  idea(`${steps} steps with previews of picture ${color}`, '3', () => ({
    '1': picture(color),
    '2': { class_type: 'PracticeSteps', inputs: { image: ['1', 0], steps, delay_ms: 0 } },
    '3': { class_type: 'PreviewImage', inputs: { images: ['2', 0] } },
  })),
)

const counted = fc.integer({ min: 1, max: 3 }).map((seed) =>
  idea(`a node that counts its runs, seed ${seed}`, '1', () => ({
    '1': { class_type: 'PracticeCounter', inputs: { seed } },
  })),
)

const loaded = fc.constant(
  idea('a model everybody may load', '2', () => ({
    // The name by which the closed list knows it (exceptions.ts).
    'the-loader': { class_type: 'UpscaleModelLoader', inputs: { model_name: modelName } },
    '2': { class_type: 'PreviewAny', inputs: { source: ['the-loader', 0] } },
  })),
)

const failing = fc.constantFrom('not a picture', 'another text').map((text) =>
  idea(`a graph that fails on "${text}"`, '1', () => ({
    '1': { class_type: 'SaveImage', inputs: { images: text, filename_prefix: 'out' } },
  })),
)

const refused = fc
  .constantFrom('NoSuchClass', 'ImageInvert')
  .map((name) => idea(`a graph of ${name} that is refused`, '1', () => ({ '1': { class_type: name, inputs: {} } })))

const kept = colour.map((width) =>
  idea(`a latent and a sound of ${width}`, '2', () => ({
    '1': { class_type: 'EmptyLatentImage', inputs: { width: width * 64, height: 64, batch_size: 1 } },
    '2': { class_type: 'SaveLatent', inputs: { samples: ['1', 0], filename_prefix: 'latent' } },
    '3': { class_type: 'EmptyAudio', inputs: { duration: width, sample_rate: 8_000, channels: 1 } },
    '4': { class_type: 'PreviewAudio', inputs: { audio: ['3', 0] } },
  })),
)

/** By what they are about. */
export const ideas = {
  savedAlike: colour.map((color) => savedPicture(color, 'out')),
  saved,
  previewed,
  copied,
  foreignPreview,
  texts,
  progress,
  counted,
  loaded,
  failing,
} as const satisfies Record<string, fc.Arbitrary<GraphIdea>>

export const anyIdea: fc.Arbitrary<GraphIdea> = fc.oneof(
  { weight: 6, arbitrary: saved },
  { weight: 4, arbitrary: previewed },
  { weight: 4, arbitrary: copied },
  { weight: 2, arbitrary: foreignPreview },
  { weight: 3, arbitrary: texts },
  { weight: 3, arbitrary: progress },
  { weight: 3, arbitrary: counted },
  { weight: 3, arbitrary: loaded },
  { weight: 2, arbitrary: failing },
  { weight: 1, arbitrary: refused },
  { weight: 1, arbitrary: kept },
)
