import type { Json } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { stringifyJson } from '../transform/lossless-json.ts'
import { normalisePrompt } from './normalise.ts'
import { world } from './world-fixture.ts'

function refusal(classType: string, field: string, value: Json): string | undefined {
  const prompt = {
    n: { class_type: classType, inputs: { [field]: value } },
    shown: { class_type: 'PreviewAny', inputs: { source: ['n', 0] } },
  }
  const result = normalisePrompt({ prompt }, { ...world, admitted: [{ class: 'PackNode' }] })
  return result.ok ? undefined : stringifyJson(result.value)
}

// ComfyUI 0.33.0 reads another tenant's video through an HLS playlist called x.m3u8, and follows ffconcat in any text.
describe('a list of other files', () => {
  it.each<[string, string, Json]>([
    ['LoadImage', 'image', 'x.m3u8'],
    ['LoadImage', 'image', 'sub/X.M3U8 [input]'],
    ['LoadVideo', 'file', 'x.m3u [output]'],
    ['LoadVideo', 'file', 'saved_00001.txt [output]'],
    ['LoadAudio', 'audio', 'saved_00001.csv [output]'],
    ['LoadImageMask', 'image', 'a.json'],
    ['LoadVideo', 'file', { __value__: 'x.ffconcat' }],
    ['Load3D', 'image', { image: 'x.png', recording: 'x.m3u8' }],
    ['PackNode', 'picture', 'x.m3u8'],
    ['PackNode', 'picture', { __value__: ['a.png', 'x.m3u8'] }],
  ])('is not opened by %s.%s as %j', (classType, field, value) => {
    expect(refusal(classType, field, value)).toContain('a text can lead to other files')
  })

  it.each<[string, string, Json]>([
    ['LoadImage', 'image', 'x.png'],
    ['LoadVideo', 'file', 'm3u8.mp4'],
    ['LoadAudio', 'audio', 'x.flac [output]'],
    ['Load3D', 'model_file', '3d/x.gltf'],
    ['LoadLatent', 'latent', 'x.latent'],
    // A pack may read texts as such.
    ['PackNode', 'picture', 'notes.txt'],
  ])('is not what %s.%s opens as %j', (classType, field, value) => {
    expect(refusal(classType, field, value)).toBeUndefined()
  })
})
