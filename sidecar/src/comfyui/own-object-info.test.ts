import type { Json, JsonObject } from '@gatehouse/shared/json'
import { expect, test } from 'vitest'
import type { FileName } from '../policy/world.ts'
import { type OwnView, ownClass } from './own-object-info.ts'

const inputFile = (path: string): FileName => {
  const parts = path.split('/')
  return { root: 'input', subfolder: parts.slice(0, -1).join('/'), filename: parts.at(-1) ?? '' }
}
const view: OwnView = {
  files: {
    input: [
      'z.png',
      'a.svg',
      'pasted/p.png',
      'talk.mp4',
      'song.wav',
      'x.latent',
      '3d/m.glb',
      '3d/deep/n.obj',
      '3d/readme.txt',
      'note.txt',
    ].map(inputFile),
    output: [{ root: 'output', subfolder: '', filename: 'out.png' }],
  },
  inputFiles: new Set(['boss.png', 'boss2.png', 'boss.safetensors']),
}
const foreignKey = 'k'.repeat(20)

function seen(name: string, field: string, spec: Json): unknown {
  const info: JsonObject = { input: { required: { [field]: spec } }, name }
  const own = ownClass(name, info, JSON.stringify(info), view)
  return JSON.parse(JSON.stringify(own)).input.required[field]
}

test.each<[string, string, Json, Json]>([
  ['LoadImage', 'image', [['boss.png'], { image_upload: true }], [['a.svg', 'z.png'], { image_upload: true }]],
  [
    'AnyPack',
    'picture',
    ['COMBO', { options: ['boss.png'], image_upload: true }],
    ['COMBO', { options: ['a.svg', 'z.png'], image_upload: true }],
  ],
  [
    'LoadAudio',
    'audio',
    ['COMBO', { options: ['x'], audio_upload: true }],
    ['COMBO', { options: ['song.wav', 'talk.mp4'], audio_upload: true }],
  ],
  [
    'LoadVideo',
    'file',
    ['COMBO', { options: [], video_upload: true }],
    ['COMBO', { options: ['talk.mp4'], video_upload: true }],
  ],
  ['LoadLatent', 'latent', [['boss.latent']], [['x.latent']]],
  [
    'Load3D',
    'model_file',
    ['COMBO', { options: ['none', '3d/boss.glb'], file_upload: true }],
    ['COMBO', { options: ['none', '3d/deep/n.obj', '3d/m.glb'], file_upload: true }],
  ],
  [
    'GeminiInputFiles',
    'file',
    ['COMBO', { default: 'boss.pdf', options: ['boss.pdf'] }],
    ['COMBO', { options: ['note.txt'] }],
  ],
  [
    'LoadImageDataSetFromFolder',
    'folder',
    ['COMBO', { options: [foreignKey, `${foreignKey}/set`] }],
    ['COMBO', { options: [] }],
  ],
  ['LoadTrainingDataset', 'folder_name', ['COMBO', { options: ['other'] }], ['COMBO', { options: [] }]],
  [
    'AnyPack',
    'image',
    ['COMBO', { options: ['boss.png [output]'], image_upload: true, image_folder: 'output' }],
    ['COMBO', { options: ['out.png [output]'], image_upload: true, image_folder: 'output' }],
  ],
  // A pack that lists the input folder without saying so.
  ['AnyPack', 'source', [['boss.png', 'boss2.png'], {}], [['z.png'], {}]],
  ['AnyPack', 'source', [['None', 'boss.png']], [['z.png']]],
  // Models that tenants saved, and packs that walk the input folder.
  ['LoraLoader', 'lora_name', [['good.safetensors', `${foreignKey}/own.safetensors`]], [['good.safetensors']]],
  [
    'AnyPack',
    'source',
    ['COMBO', { options: ['x', `${foreignKey}\\cat.png`], default: `${foreignKey}\\cat.png` }],
    ['COMBO', { options: ['x'], default: '' }],
  ],
])('%s.%s is offered the own files only', (name, field, spec, expected) => {
  expect(seen(name, field, spec)).toEqual(expected)
})

test('a choice behind a choice is offered the own files only', () => {
  const spec: Json = [
    'COMFY_DYNAMICCOMBO_V3',
    {
      options: [
        { key: 'file', inputs: { required: { image: ['COMBO', { options: ['boss.png'], image_upload: true }] } } },
        { key: 'none', inputs: {} },
      ],
    },
  ]
  const [, options] = seen('AnyPack', 'mode', spec) as [
    unknown,
    { options: [{ inputs: { required: { image: unknown } } }] },
  ]
  expect(options.options[0].inputs.required.image).toEqual([
    'COMBO',
    { options: ['a.svg', 'z.png'], image_upload: true },
  ])
})

test.each<[string, Json]>([
  ['KSampler', [['euler', 'ddim'], {}]],
  ['CheckpointLoaderSimple', [['sd15.safetensors']]],
  [
    'LoadImageOutput',
    ['COMBO', { image_upload: true, image_folder: 'output', remote: { route: '/internal/files/output' } }],
  ],
  ['Painter', ['STRING', { image_upload: true, default: '' }]],
  ['Mixed', [['boss.png', 'something else'], {}]],
])("%s is the shared object itself when nothing in it is anybody's", (name, spec) => {
  const info: JsonObject = { input: { required: { field: spec } } }
  expect(ownClass(name, info, JSON.stringify(info), view)).toBe(info)
})
