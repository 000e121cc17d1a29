import type { Json } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../transform/lossless-json.ts'
import { chain, empty, type Nodes, refusal } from './work-fixture.ts'

describe('an ordinary prompt', () => {
  it.each<[string, Nodes]>([
    ['a picture of 4k', { a: empty(3840, 2160) }],
    ['the largest square', { a: empty(8192, 8192) }],
    [
      'an upscale to 8k',
      {
        a: empty(1920, 1080),
        m: ['UpscaleModelLoader', { model_name: '4x-UltraSharp.safetensors' }],
        b: ['ImageUpscaleWithModel', { upscale_model: ['m', 0], image: ['a', 0] }],
      },
    ],
    [
      'an upscale of 4k by a model of two',
      {
        a: empty(3840, 2160),
        m: ['UpscaleModelLoader', { model_name: 'RealESRGAN_x2plus.safetensors' }],
        b: ['ImageUpscaleWithModel', { upscale_model: ['m', 0], image: ['a', 0] }],
      },
    ],
    [
      'twenty seconds of video, sampled and decoded',
      {
        a: ['EmptyHunyuanLatentVideo', { width: 1280, height: 720, length: 481, batch_size: 1 }],
        s: ['KSampler', { latent_image: ['a', 0], steps: 50, seed: 1 }],
        d: ['VAEDecode', { samples: ['s', 0] }],
        i: ['FrameInterpolate', { images: ['d', 0], multiplier: 2 }],
      },
    ],
    [
      'four songs',
      {
        a: ['EmptyAceStep1.5LatentAudio', { seconds: 240, batch_size: 4 }],
        k: ['KSampler', { latent_image: ['a', 0], steps: 50, seed: 1 }],
        b: ['VAEDecodeAudio', { samples: ['k', 0] }],
      },
    ],
    [
      'the sound of a video',
      {
        a: ['LTXVEmptyLatentAudio', { frames_number: 1000, frame_rate: 1, batch_size: 1 }],
        b: ['VAEDecodeAudio', { samples: ['a', 0] }],
      },
    ],
    [
      'a loaded picture, four times as large',
      { a: ['LoadImage', { image: 'x.png' }], b: ['ImageScaleBy', { image: ['a', 0], scale_by: 4 }] },
    ],
    [
      'the size of a picture, through arithmetic',
      {
        a: ['LoadImage', { image: 'x.png' }],
        g: ['GetImageSize', { image: ['a', 0] }],
        w: ['ComfyMathExpression', { expression: 'a // 8 * 8', 'values.a': ['g', 0] }],
        h: ['ComfyMathExpression', { expression: 'ceil(a / 2) * 4', 'values.a': ['g', 1] }],
        b: empty(['w', 1], ['h', 1]),
      },
    ],
    ['sizes that a pack chose', { p: ['PackNode', { width: 1216, height: 832 }], a: empty(['p', 0], ['p', 1]) }],
    [
      'a seed of 64 bits through a link',
      { s: ['PrimitiveInt', { value: 9e18 }], k: ['KSampler', { seed: ['s', 0], steps: 20 }] },
    ],
    [
      'a template that is filled in',
      chain(6, ['PrimitiveString', { value: '{x} '.repeat(200) }], (before) => [
        'StringReplace',
        { string: [before, 0], find: `{${before}}`, replace: 'words '.repeat(100) },
      ]),
    ],
    [
      'a text of a model, in a template',
      {
        t: ['TextGenerate', { prompt: 'x', max_length: 512 }],
        c: ['StringConcatenate', { string_a: ['t', 0], string_b: ['t', 0], delimiter: ' ' }],
      },
    ],
  ])('may ask for %s', (_, nodes) => {
    expect(refusal(nodes)).toBeUndefined()
  })
})

describe('a prompt that would stall or kill the worker', () => {
  const number = (value: Json): Nodes[string] => ['PrimitiveInt', { value }]
  const scale = (before: string): Nodes[string] => ['ImageScaleBy', { image: [before, 0], scale_by: 8 }]
  const list = (before: string): Nodes[string] => [
    'CreateList',
    Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`inputs.input${at}`, [before, 0]])),
  ]
  const twice = (before: string): Nodes[string] => [
    'StringConcatenate',
    { string_a: [before, 0], string_b: [before, 0], delimiter: '' },
  ]

  it.each<[string, Nodes, RegExp]>([
    ['a picture of all pixels', { a: empty(16384, 16384) }, /256 megapixels in one picture.*limit of 67/],
    ['a width as a text', { a: empty(' 16384 ', '+16384') }, /256 megapixels/],
    ['a batch of large pictures', { a: empty(4096, 4096, 4096) }, /megapixels in memory at once/],
    [
      'a width that a link smuggles in',
      { n: number(2 ** 40), a: empty(['n', 0], 8) },
      /width: what is connected here can be 1099511627776/,
    ],
    ['a width of 64 bits', { n: number(9.2e18), a: empty(['n', 0], 1) }, /what is connected here/],
    [
      'a width that is calculated',
      { m: ['ComfyMathExpression', { expression: 'a ** 4', 'values.a': 4000 }], a: empty(['m', 1], 8) },
      /what is connected here/,
    ],
    [
      'a width that only the run knows',
      { m: ['ComfyMathExpression', { expression: '1 / a', 'values.a': 0 }], a: empty(['m', 1], 8) },
      /known only while the prompt runs/,
    ],
    [
      'a width from a switch',
      {
        n: number(20_000),
        s: ['ComfySwitchNode', { switch: false, on_true: ['n', 0], on_false: 8 }],
        a: empty(['s', 0], 8),
      },
      /can be 20000/,
    ],
    [
      'a width in a text',
      {
        t: ['PrimitiveString', { value: '20000' }],
        c: ['ComfyNumberConvert', { value: ['t', 0] }],
        a: empty(['c', 1], 8),
      },
      /can be 20000/,
    ],
    [
      'a width as long as a text',
      { t: ['StringLength', { string: 'x'.repeat(30_000) }], a: empty(['t', 0], 8) },
      /can be 30000/,
    ],
    ['factors that multiply', chain(4, empty(512, 512), scale), /"n2".*1024 megapixels in one picture/],
    ['factors on a loaded picture', chain(2, ['LoadImage', { image: 'x.png' }], scale), /megapixels in one picture/],
    [
      'one side given, the other following',
      { a: empty(16384, 1), b: ['ImageScale', { image: ['a', 0], width: 0, height: 16384 }] },
      /megapixels in one picture/,
    ],
    [
      'a resize by a dynamic choice',
      {
        a: empty(8, 8),
        b: [
          'ResizeImageMaskNode',
          { input: ['a', 0], resize_type: 'scale dimensions', 'resize_type.width': 16384, 'resize_type.height': 16384 },
        ],
      },
      /256 megapixels/,
    ],
    [
      'a resize by a dynamic choice through a link',
      {
        a: empty(8, 8),
        n: number(99_999),
        b: [
          'ResizeImageMaskNode',
          { input: ['a', 0], resize_type: 'scale dimensions', 'resize_type.width': ['n', 0], 'resize_type.height': 8 },
        ],
      },
      /resize_type.width: what is connected here can be 99999/,
    ],
    [
      'repeated repetition',
      chain(3, empty(8, 8), (before) => ['RepeatImageBatch', { image: [before, 0], amount: 4096 }]),
      /16777216 pictures or frames/,
    ],
    [
      'batches of batches',
      chain(20, empty(8, 8), (before) => ['ImageBatch', { image1: [before, 0], image2: [before, 0] }]),
      /8192 pictures or frames/,
    ],
    [
      'a video of days',
      { a: ['EmptyHunyuanLatentVideo', { width: 64, height: 64, length: 16384, batch_size: 16 }] },
      /pictures or frames/,
    ],
    [
      'stitches that double',
      chain(16, empty(1024, 1024), (before) => ['ImageStitch', { image1: [before, 0], image2: [before, 0] }]),
      /in one picture/,
    ],
    ['lists of lists', chain(8, number(1), list), /10000 entries of a list/],
    [
      'tiles of a quarter of a tile',
      {
        a: empty(8192, 8192),
        b: ['SplitImageToTileList', { image: ['a', 0], tile_width: 64, tile_height: 64, overlap: 63 }],
      },
      /entries of a list/,
    ],
    ['texts that double', chain(40, ['PrimitiveString', { value: 'ab' }], twice), /characters in one text/],
    [
      'a replacement between all characters',
      { a: ['StringReplace', { string: 'x'.repeat(10_000), find: '', replace: 'y'.repeat(10_000) }] },
      /characters in one text/,
    ],
    [
      'a format of many fields',
      { f: ['StringFormat', { f_string: '{a:9999}'.repeat(5000), 'values.a': 1 }] },
      /characters in one text/,
    ],
    [
      'sound of a million years',
      { a: ['EmptyAudio', { duration: 3e13, sample_rate: 44100, channels: 2 }] },
      /megapixels in memory/,
    ],
    [
      'an empty sound of hours, decoded',
      {
        a: ['EmptyAceStep1.5LatentAudio', { seconds: 1000, batch_size: 512 }],
        b: ['VAEDecodeAudio', { samples: ['a', 0] }],
      },
      /"b".*megapixels in memory/,
    ],
    [
      'an empty sound that is repeated',
      {
        a: ['EmptyLatentAudio', { seconds: 1000, batch_size: 64 }],
        b: ['RepeatLatentBatch', { samples: ['a', 0], amount: 64 }],
        c: ['RepeatLatentBatch', { samples: ['b', 0], amount: 1 }],
      },
      /megapixels/,
    ],
    [
      'a grid with more space than pictures',
      {
        a: empty(64, 64, 4_000),
        b: ['ImageGrid', { images: ['a', 0], columns: 20, cell_width: 100, cell_height: 100, padding: 50 }],
      },
      /"b".*megapixels in one picture/,
    ],
    ['dots that are taken for numbers', { s: ['ManualSigmas', { sigmas: '.'.repeat(5_001) }] }, /at most 5000 char/],
    [
      'such dots that are put together',
      {
        t: ['PrimitiveString', { value: '.'.repeat(3_000) }],
        c: ['StringConcatenate', { string_a: ['t', 0], string_b: ['t', 0], delimiter: '' }],
        s: ['ManualSigmas', { sigmas: ['c', 0] }],
      },
      /at most 5000 characters/,
    ],
    [
      'what is hidden beside a text',
      { m: ['ComfyMathExpression', { expression: "9**4000000*9**4000000 if 'x' else 1", 'values.a': 1 }] },
      /arithmetic, comparisons and functions/,
    ],
    [
      'a power of powers',
      { m: ['ComfyMathExpression', { expression: 'a**4000000*a**4000000', 'values.a': 9 }] },
      /result can become too large/,
    ],
    [
      'a power that is connected',
      { n: number(4_000_000), m: ['ComfyMathExpression', { expression: 'a**b', 'values.a': 9, 'values.b': ['n', 0] }] },
      /result can become too large/,
    ],
    [
      'a neighbourhood of every pixel',
      { a: empty(2048, 2048), b: ['Morphology', { image: ['a', 0], operation: 'dilate', kernel_size: 999 }] },
      /megapixels in memory/,
    ],
    [
      'a mask grown pixel by pixel',
      {
        a: ['SolidMask', { value: 1, width: 8192, height: 8192 }],
        b: ['GrowMask', { mask: ['a', 0], expand: -16384 }],
      },
      /megapixels of work/,
    ],
    [
      'ten thousand steps on large latents',
      {
        a: ['EmptyLatentImage', { width: 8192, height: 8192, batch_size: 4 }],
        k: ['KSampler', { latent_image: ['a', 0], steps: 10_000, seed: 1 }],
      },
      /megapixels of work/,
    ],
    [
      'steps of a schedule',
      {
        a: ['EmptyLatentImage', { width: 8192, height: 8192, batch_size: 4 }],
        b: ['BasicScheduler', { steps: 10_000 }],
        k: ['SamplerCustomAdvanced', { latent_image: ['a', 0], sigmas: ['b', 0] }],
      },
      /megapixels of work/,
    ],
    [
      'many that are each small enough',
      chain(9, empty(4096, 4096, 32), (before) => ['ImageInvert', { image: [before, 0] }]),
      /in memory together/,
    ],
    ['a width that is no number to JSON', { a: empty('nan', 8) }, /width: write a plain, finite number/],
    ['a width with an underscore', { a: empty('1_6384', 16_384) }, /width: write a plain/],
    ['a width in other digits', { a: empty('\uff11\uff16\uff13\uff18\uff14', 16_384) }, /width: write a plain/],
    ['a width beyond all numbers', { a: empty(parseJson('1e999'), 8) }, /width: write a plain/],
  ])('is refused for %s', (_, nodes, sentence) => {
    expect(refusal(nodes)).toMatch(sentence)
  })

  it('is told at the node where it begins, and once', () => {
    const told = refusal(chain(3, empty(8192, 8192), scale)) ?? ''
    expect(Object.keys(Object(Object(parseJson(told)).node_errors))).toEqual(['n1'])
    expect(told).toContain('"type":"exception_during_validation"')
  })
})
