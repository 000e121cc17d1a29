import { posix } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringifyJson } from '../transform/lossless-json.ts'
import { judgeInput as judge, text } from './input-fixture.ts'
import { normalisePrompt } from './normalise.ts'
import { key, world } from './world-fixture.ts'

const refusal = { refused: expect.stringMatching(/\.$/) }

const readers: readonly (readonly [string, string])[] = [
  ['LoadImage', 'image'],
  ['LoadImageMask', 'image'],
  ['LoadImageOutput', 'image'],
  ['WebcamCapture', 'image'],
  ['LoadLatent', 'latent'],
  ['LoadAudio', 'audio'],
  ['RecordAudio', 'audio'],
  ['LoadVideo', 'file'],
  ['Painter', 'mask'],
  ['Load3D', 'model_file'],
  ['Load3DAdvanced', 'model_file'],
]

const escapes = [
  '../bob/x.png',
  'a/../../bob/x.png',
  '/etc/passwd',
  '/srv/comfy/input/bob/x.png',
  '..\\bob\\x.png',
  'C:\\x.png',
  'x.png\0',
  '../x [output]',
  '../../x.png[output]',
  '/abs.png [input]',
  'a//b.png',
  '..',
  '.',
  '~/x.png',
  '\uff0e\uff0e/x.png',
  'a\u2215\u2025/x.png',
  // What FFmpeg opens instead: every picture of everybody, and x1.png, x2.png and so on.
  '%{..,x%}/%*/%*.png',
  '%*.png [output]',
  'x%03d.png',
]

describe.each(readers)('%s.%s', (classType, name) => {
  it.each([
    ['x.png', `${key}/x.png`],
    ['bob/x.png', `${key}/bob/x.png`],
    ['pasted/a b.png [input]', `${key}/pasted/a b.png [input]`],
    ['x.png [output]', `${key}/x.png [output]`],
    [`${key}/x.png`, `${key}/x.png`],
    [`${key}/sub/x.png [output]`, `${key}/sub/x.png [output]`],
    ['preview_1.png [temp]', 'ComfyUI_temp_abcde_00001_.png [temp]'],
    ['threed/scene.png [temp]', `${key}/threed/scene.png [temp]`],
  ])('reads %s as an own file', (value, expected) => {
    expect(judge(classType, name, value)).toBe(expected)
    expect(judge(classType, name, { __value__: value })).toBe(expected)
  })

  it.each(escapes)('refuses %j', (value) => {
    expect(judge(classType, name, value)).toEqual(refusal)
    expect(judge(classType, name, { __value__: value })).toEqual(refusal)
  })

  it.each([[5], [true], [null], [{ x: 'y' }], [{ __value__: ['x.png'] }]])('refuses %j', (value) => {
    expect(judge(classType, name, value)).toEqual(refusal)
  })

  it('refuses a preview that the ledger does not know, and one named as ComfyUI names it, in the same words', () => {
    const unknown = judge(classType, name, 'other.png [temp]')
    expect(unknown).toEqual(refusal)
    expect(judge(classType, name, 'ComfyUI_temp_abcde_00001_.png [temp]')).toEqual(unknown)
    expect(judge(classType, name, '../x.png [temp]')).toEqual(unknown)
  })

  it('refuses a text that is known only while the prompt runs', () => {
    const others = { s: { class_type: 'StringReplace', inputs: { string: 'x', find: 'y', replace: '../bob' } } }
    expect(judge(classType, name, ['s', 0], others)).toEqual(refusal)
    const switched = {
      s: { class_type: 'ComfySwitchNode', inputs: { on_true: ['t', 0], switch: true } },
      t: text('../bob/x.png'),
    }
    expect(judge(classType, name, ['s', 0], switched)).toEqual(refusal)
  })
})

describe('a link into a file field', () => {
  it('is refused where ComfyUI would not take it either', () => {
    expect(judge('LoadImage', 'image', ['s', 0], { s: text('x.png') })).toEqual(refusal)
  })

  it('is folded to the constant it leads to, and judged like it', () => {
    expect(judge('Painter', 'mask', ['s', 0], { s: text('x.png') })).toBe(`${key}/x.png`)
    expect(judge('Painter', 'mask', ['s', 0], { s: text('../bob/x.png') })).toEqual(refusal)
    expect(judge('Painter', 'mask', ['s', 1], { s: text('x.png') })).toEqual(refusal)
  })
})

describe('Load3D.image', () => {
  it('maps the names inside the object and drops members that ComfyUI does not know', () => {
    const value = {
      image: 'threed/scene.png [temp]',
      mask: 'm.png',
      normal: 'n.png',
      recording: '',
      camera_info: { fov: 35.5 },
      evil: 'x',
    }
    expect(judge('Load3D', 'image', value)).toEqual({
      image: `${key}/threed/scene.png [temp]`,
      mask: `${key}/m.png`,
      normal: `${key}/n.png`,
      recording: '',
      camera_info: { fov: 35.5 },
    })
  })

  it.each(['image', 'mask', 'normal', 'recording'])('refuses an escape in %s', (member) => {
    expect(judge('Load3D', 'image', { [member]: '../bob/x.png' })).toEqual(refusal)
    expect(judge('Load3D', 'image', { [member]: { __value__: 'x.png' } })).toEqual(refusal)
    expect(judge('Load3D', 'image', { [member]: ['1', 0] })).toEqual(refusal)
  })
})

describe('Preview3D.model_file', () => {
  it('names an own file of the output folder', () => {
    expect(judge('Preview3D', 'model_file', '3d/x.glb')).toBe(`${key}/3d/x.glb`)
    expect(judge('Preview3D', 'model_file', '../bob/x.glb')).toEqual(refusal)
  })

  it('may be connected to a text, but not to a model that it would write where it belongs to nobody', () => {
    const others = { l: { class_type: 'Load3D', inputs: { model_file: '3d/x.glb' } } }
    expect(judge('Preview3D', 'model_file', ['l', 2], others)).toEqual(['k3f-l', 2])
    expect(judge('Preview3D', 'model_file', ['l', 6], others)).toEqual(refusal)
  })
})

describe('a folder of images', () => {
  it.each([
    ['set', `${key}/set`],
    ['set/one', `${key}/set/one`],
    ['.', key],
    ['', key],
  ])('%j is an own folder', (value, expected) => {
    expect(judge('LoadImageDataSetFromFolder', 'folder', value)).toBe(expected)
  })

  it.each([['..'], ['../bob'], ['/'], ['/etc'], ['a/../..'], ['set [output]/..']])('%j is refused', (value) => {
    expect(judge('LoadImageDataSetFromFolder', 'folder', value)).toEqual(refusal)
  })
})

describe('a filename prefix', () => {
  const writers: readonly (readonly [string, string])[] = [
    ['SaveImage', 'ComfyUI'],
    ['SaveVideo', 'video/ComfyUI'],
    ['SaveAudio', 'audio/ComfyUI'],
    ['SaveLatent', 'latents/ComfyUI'],
    ['SaveGLB', '3d/ComfyUI'],
    ['SaveSVGNode', 'svg/ComfyUI'],
  ]

  it.each(writers)('of %s that names nothing becomes %s', (classType, fallback) => {
    for (const value of ['', '.', './', './.', '././']) {
      expect(judge(classType, 'filename_prefix', value)).toBe(`${key}/${fallback}`)
    }
  })

  it('that is missing becomes the default, for a class could have one of its own', () => {
    const result = normalisePrompt({ prompt: { '1': { class_type: 'SaveImage', inputs: {} } } }, world)
    expect(result.ok && Object(result.upstream.prompt['k3f-1']).inputs.filename_prefix).toBe(`${key}/ComfyUI`)
  })

  it.each([
    ['ComfyUI', 'ComfyUI'],
    ['bob/', 'bob'],
    ['a//b', 'a/b'],
    ['./a', 'a'],
    ['a/./b/', 'a/b'],
    ['%date:yyyy-MM-dd%/x', '%date:yyyy-MM-dd%/x'],
    ['%year%/%month%/x', '%year%/%month%/x'],
    ['%batch_num%', '%batch_num%'],
    ['name.', 'name.'],
    ['name ', 'name '],
    [`${key}/mine`, 'mine'],
    [`${key}/`, 'ComfyUI'],
    ['con', 'con'],
  ])('%j becomes %j below the own folder', (value, expected) => {
    expect(judge('SaveImage', 'filename_prefix', value)).toBe(`${key}/${expected}`)
    expect(judge('SaveImage', 'filename_prefix', { __value__: value })).toBe(`${key}/${expected}`)
  })

  it.each([
    ['..'],
    ['../bob/x'],
    ['x/..'],
    ['x/../..'],
    ['a/../../bob/x'],
    ['%year%/../../bob'],
    ['/abs'],
    ['//abs'],
    ['/'],
    ['..\\bob'],
    ['a\\b'],
    ['C:/x'],
    ['a/C:x'],
    ['x\0'],
    ['x\n'],
    ['~/x'],
    ['. ./x'],
    ['.. /x'],
    ['.../x'],
    ['con/x'],
    ['\uff0e\uff0e/bob'],
    ['a\uff0fb'],
    ['\u2025/bob'],
    ['x'.repeat(300)],
    ['a/'.repeat(600)],
  ])('%j is refused', (value) => {
    expect(judge('SaveImage', 'filename_prefix', value)).toEqual(refusal)
  })

  it.each([[5], [null], [{}], [{ __value__: ['a'] }]])('%j is refused', (value) => {
    expect(judge('SaveImage', 'filename_prefix', value)).toEqual(refusal)
  })

  it('from constant texts is folded, joined and judged', () => {
    const join = (first: string, second: string) => ({
      a: text(first),
      b: { class_type: 'PrimitiveStringMultiline', inputs: { value: second } },
      s: { class_type: 'StringConcatenate', inputs: { string_a: ['a', 0], string_b: ['b', 0], delimiter: '/' } },
    })
    expect(judge('SaveImage', 'filename_prefix', ['s', 0], join('dir', 'x'))).toBe(`${key}/dir/x`)
    expect(judge('SaveImage', 'filename_prefix', ['s', 0], join('..', 'bob'))).toEqual(refusal)
    expect(judge('SaveImage', 'filename_prefix', ['s', 0], join('', 'abs'))).toEqual(refusal)
  })

  it('from a chain of texts that doubles is refused without growing', () => {
    const chain = (length: number) => {
      const nodes = Array.from({ length }, (_, index) => {
        const from = [index === 0 ? 'seed' : `c${index - 1}`, 0]
        return [
          `c${index}`,
          { class_type: 'StringConcatenate', inputs: { string_a: from, string_b: from, delimiter: '' } },
        ]
      })
      return { seed: text('x'), ...Object.fromEntries(nodes) }
    }
    expect(judge('SaveImage', 'filename_prefix', ['c99', 0], chain(100))).toEqual(refusal)
    expect(judge('SaveImage', 'filename_prefix', ['c2', 0], chain(3))).toBe(`${key}/xxxxxxxx`)
  })

  it('never leaves the own folder, however ComfyUI expands and normalises it', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '',
        'a',
        '%year%',
        '%width%',
        '%',
        '~',
        '\\',
        ' ',
        'C:',
        '...',
        key,
        '\uff0e',
        '\u2024',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 7 }), fc.constantFrom('/', ''), (pieces, separator) => {
        const value = judge('SaveImage', 'filename_prefix', pieces.join(separator))
        fc.pre(typeof value === 'string')
        const expanded = String(value)
          .replace(/%(?:width|height)%/g, '0')
          .replace(/%(?:year|month|day|hour|minute|second)%/g, '07')
        for (const path of [expanded, expanded.replaceAll('\\', '/'), expanded.normalize('NFKC')]) {
          expect(posix.dirname(posix.normalize(path)).split('/')[0]).toBe(key)
          expect(posix.normalize(path)).not.toBe(key)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a model name', () => {
  it.each([
    ['model.safetensors'],
    ['SDXL/model.safetensors'],
    ['SDXL\\model.safetensors'],
    ['taesd'],
    ['v1..5.safetensors'],
  ])('%s stays', (value) => {
    expect(judge('CheckpointLoaderSimple', 'ckpt_name', value)).toBe(value)
  })

  it.each([['../x'], ['a/../../x'], ['..\\x'], ['/etc/passwd'], ['C:\\x'], ['a/C:x'], ['x\0'], ['.. /x'], [5], [{}]])(
    '%j is refused',
    (value) => {
      expect(judge('CheckpointLoaderSimple', 'ckpt_name', value)).toEqual(refusal)
      expect(judge('DiffusersLoader', 'model_path', value)).toEqual(refusal)
    },
  )

  it('may come from a constant choice', () => {
    const others = { c: { class_type: 'CustomCombo', inputs: { choice: 'a.safetensors' } } }
    expect(judge('UNETLoader', 'unet_name', ['c', 0], others)).toBe('a.safetensors')
  })
})

it('no string of an accepted graph reaches ComfyUI with a foreign file in a file field', () => {
  const name = fc.oneof(
    fc.constantFrom(
      'x.png',
      '../bob/x.png',
      'bob/x.png',
      '/x.png',
      'x.png [output]',
      '..',
      'preview_1.png [temp]',
      'z [temp]',
      ' [input]',
      '[output]',
    ),
    fc.string({ unit: 'binary', maxLength: 10 }).map((part) => `${part} [input]`),
    fc.string({ unit: 'binary', maxLength: 10 }),
  )
  fc.assert(
    fc.property(fc.constantFrom(...readers), name, ([classType, input], value) => {
      const upstream = judge(classType, input, value)
      fc.pre(typeof upstream === 'string' && upstream !== '' && upstream !== 'none')
      const path = String(upstream).replace(/ \[(?:input|output|temp)\]$/, '')
      const isOwnTemp = [...world.tempNames.values()].includes(path)
      expect(isOwnTemp || posix.normalize(path).startsWith(`${key}/`), stringifyJson(upstream)).toBe(true)
    }),
    { numRuns: 3000 },
  )
})
