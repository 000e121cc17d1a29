/** Do lists of jobs show what ComfyUI's would? Expected values were printed by comfy_execution/jobs.py @ 0.33.0. */
import type { JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { normaliseOutputs, summarise } from './job-outputs.ts'

const file = (filename: string, type: string, more: JsonObject = {}) => ({ filename, type, subfolder: '', ...more })

const cases: readonly (readonly [string, JsonObject, ReturnType<typeof summarise>])[] = [
  ['nothing', {}, { count: 0, previewableCount: 0, preview: undefined }],
  [
    'a saved image before a preview',
    { 2: { images: [file('t.png', 'temp')] }, 3: { images: [file('a.png', 'output')], animated: [true] } },
    { count: 2, previewableCount: 2, preview: { ...file('a.png', 'output'), nodeId: '3', mediaType: 'images' } },
  ],
  [
    'an image before text',
    { 1: { text: ['hello'] }, 2: { images: [file('t.png', 'temp')] } },
    { count: 1, previewableCount: 1, preview: { ...file('t.png', 'temp'), nodeId: '2', mediaType: 'images' } },
  ],
  [
    'long text, cut',
    { 1: { text: ['x'.repeat(2_000)] } },
    {
      count: 0,
      previewableCount: 0,
      preview: { content: 'x'.repeat(1_024), truncated: true, nodeId: '1', mediaType: 'text' },
    },
  ],
  [
    'the name of a 3D file as a file',
    { 1: { text: ['a'] }, 2: { result: ['m.glb', null] } },
    { count: 1, previewableCount: 1, preview: { ...file('m.glb', 'output'), nodeId: '2', mediaType: '3d' } },
  ],
  [
    'a text file, and not what cannot be shown',
    { 1: { files: [file('n.TXT', 'output')] }, 2: { latents: [file('l.latent', 'output')] } },
    { count: 2, previewableCount: 1, preview: { ...file('n.TXT', 'output'), nodeId: '1', mediaType: 'files' } },
  ],
  [
    'a video by its format',
    { 1: { gifs: [file('v.mp4', 'output', { format: 'video/h264' })] } },
    {
      count: 1,
      previewableCount: 1,
      preview: { ...file('v.mp4', 'output', { format: 'video/h264' }), nodeId: '1', mediaType: 'gifs' },
    },
  ],
  [
    'a media type that the node gave itself',
    { 2: { '3d': [file('v.glb', 'output', { mediaType: 'model' })] } },
    { count: 1, previewableCount: 1, preview: { ...file('v.glb', 'output', { mediaType: 'model' }), nodeId: '2' } },
  ],
  [
    'nothing of odd shapes',
    { 1: { images: 'no list', other: [1, 2] }, 2: null },
    { count: 0, previewableCount: 0, preview: undefined },
  ],
]

describe('summarise', () => {
  it.each(cases)('shows %s', (_name, outputs, expected) => {
    expect(summarise(outputs)).toEqual(expected)
  })
})

describe('normaliseOutputs', () => {
  it('makes files of 3D names, drops nulls and leaves the rest', () => {
    expect(normaliseOutputs({ 1: { text: ['a', 'b.GLB', null, 5], animated: [null] }, 2: null })).toEqual({
      1: { text: ['a', file('b.GLB', 'output', { mediaType: '3d' }), 5], animated: [null] },
      2: null,
    })
  })
})
