/** Are only the temp files that ComfyUI's own writers name taken for temp files? */
import { expect, it } from 'vitest'
import { isTempName, tempNamesOf } from './temp-names.ts'

it.each([
  ['ComfyUI_temp_abcde_00001_.png', true],
  ['comfy.compare.a_temp_abcde_00001_.png', true],
  ['ComfyUI_temp_abcde_00001.flac', true],
  ['preview3d_advanced_0123456789abcdef0123456789abcdef.glb', true],
  ['bg_0123456789abcdef0123456789abcdef.png', true],
  ['sam3_track_preview_01234567.mp4', true],
  ['GLSLShader_input_00001_.png', true],
  ['../ComfyUI_temp_abcde_00001_.png', false],
  ['api_logs/x.log', false],
  ['ComfyUI_temp_abcde_00001_.png/../x', false],
  ['clipspace-mask.png', false],
  ['ComfyUI_00001_.png', false],
])('%s: %s', (name, expected) => {
  expect(isTempName(name)).toBe(expected)
})

it('finds temp files in any list of an output, and in the result of a 3D preview', () => {
  const temp = (filename: string, subfolder = '') => ({ filename, subfolder, type: 'temp' })
  const model = 'preview_splat_0123456789abcdef0123456789abcdef.ply'
  const output = {
    a_images: [
      temp('x_temp_abcde_00001_.png'),
      temp('x_temp_abcde_00002_.png', 'sub'),
      { filename: 'x_temp_abcde_00003_.png', type: 'output', subfolder: '' },
    ],
    text: ['ComfyUI_temp_abcde_00009_.png'],
    result: [model, { position: 1 }, 'temp/bg_0123456789abcdef0123456789abcdef.png'],
  }
  expect(tempNamesOf(output)).toEqual(['x_temp_abcde_00001_.png', model, 'bg_0123456789abcdef0123456789abcdef.png'])
})

it.each([
  ['a camera that looks like a file', ['', { filename: 'ComfyUI_temp_abcde_00001_.png', subfolder: '', type: 'temp' }]],
  ['a text as model', ['ComfyUI_temp_abcde_00001_.png', null]],
  ['a text as background', ['', null, 'temp/GLSLShader_output_00001_.png']],
])('takes no guessed name from the result of a 3D preview: %s', (_what, result) => {
  expect(tempNamesOf({ result })).toEqual([])
})
