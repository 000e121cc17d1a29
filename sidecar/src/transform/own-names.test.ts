import type { FolderKey } from '@gatehouse/shared/ids'
import type { Json } from '@gatehouse/shared/json'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOwnNames } from './own-names.ts'

const key = 'k3f9a0b1c2d3e4f5g6h7' as FolderKey
const names = createOwnNames({ folderKey: key, nodePrefix: 'k3f-', salt: 'salt.of+acme' })
const ownTemp = (name: string) =>
  new Map([
    ['ComfyUI_temp_abcde_00001_.png', 'p/1.png'],
    ['bg_1.png', '2.png'],
    ['adv.glb', '3.glb'],
  ]).get(name)

const shows = (output: Readonly<Record<string, Json>>) => names.ownNodeOutput(output, ownTemp)

describe('ownText', () => {
  it.each([
    [`Invalid image file: ${key}/x.png`, 'Invalid image file: x.png'],
    [`${key}`, ''],
    [`in C:\\out\\${key}\\x.png`, 'in C:\\out\\x.png'],
    ["Node ID '#k3f-5'", "Node ID '#5'"],
    ['k3f-5 (A) -> k3f-6 (B)', '5 (A) -> 6 (B)'],
    ['xk3f-5', 'xk3f-5'],
    ['salted salt.of+acme salt', 'salted  salt'],
    ['saltXof+acme', 'saltXof+acme'],
    ['nothing of mine', 'nothing of mine'],
  ])('turns %j into %j', (text, own) => {
    expect(names.ownText(text)).toBe(own)
  })
})

describe('a file a node shows', () => {
  const file = (filename: Json, subfolder: Json, type: Json) => ({ filename, subfolder, type })

  it('in the own folder is own, without the folder', () => {
    expect(shows({ images: [file('x.png', key, 'output'), file('y.png', `${key}/a/b`, 'input')] })).toEqual({
      images: [file('x.png', '', 'output'), file('y.png', 'a/b', 'input')],
    })
  })

  it('with backslashes from Windows is own too', () => {
    expect(shows({ images: [file('x.png', `${key}\\a`, 'output')] })).toEqual({
      images: [file('x.png', 'a', 'output')],
    })
  })

  it.each([
    ['of another tenant', file('x.png', 'otherkey', 'output')],
    ['at the root', file('x.png', '', 'output')],
    ['with the folder as a prefix only', file('x.png', `${key}2`, 'output')],
    ['that climbs out', file('x.png', `${key}/../otherkey`, 'output')],
    ['that climbs out by its name', file('../otherkey/x.png', key, 'output')],
    ['with the folder in its name', file(`otherkey/${key}/x.png`, '', 'output')],
    ['with an absolute folder', file('x.png', `/srv/output/${key}`, 'output')],
    ['of an unknown type', file('x.png', key, 'models')],
    ['of no text type', file('x.png', key, 5)],
    ['without a text name', file(5, key, 'output')],
    ['without a text folder', file('x.png', null, 'output')],
    ['without a name', { subfolder: key, type: 'output' }],
    ['in temp that the ledger does not know', file('ComfyUI_temp_zzzzz_00001_.png', '', 'temp')],
    ['in a folder of temp', file('ComfyUI_temp_abcde_00001_.png', 'api_logs', 'temp')],
    ['in temp under the own folder', file('x.png', key, 'temp')],
  ])('%s is dropped', (_name, item) => {
    expect(shows({ images: [item] })).toEqual({ images: [] })
    expect(shows({ deep: [{ a: [item] }] })).toEqual({ deep: [{ a: [] }] })
    expect(shows({ bare: item })).toEqual({})
  })

  it('in temp that the ledger claimed has its own name', () => {
    expect(shows({ a_images: [file('ComfyUI_temp_abcde_00001_.png', '', 'temp')] })).toEqual({
      a_images: [file('1.png', 'p', 'temp')],
    })
  })

  it('keeps plain facts and loses what packs add to it', () => {
    const item = {
      ...file('x.mp4', key, 'output'),
      format: 'video/h264-mp4',
      frame_rate: 24,
      fullpath: '/srv/output/x',
      asset: { id: 1 },
      workflow: 'w.png',
    }
    expect(shows({ gifs: [item] })).toEqual({
      gifs: [{ ...file('x.mp4', '', 'output'), format: 'video/h264-mp4', frame_rate: 24 }],
    })
  })
})

describe('the result of a 3D node', () => {
  it.each<[string, readonly Json[], readonly Json[]]>([
    ['a saved model', [`${key}/3d/x.glb`, { fov: 1 }, null], ['3d/x.glb', { fov: 1 }, null]],
    ['a background', [`${key}/x.glb`, null, 'temp/bg_1.png'], ['x.glb', null, 'temp/2.png']],
    ['a preview by its bare name', ['adv.glb', null, [{ a: 1 }]], ['3.glb', null, [{ a: 1 }]]],
    ['the model of another tenant', ['otherkey/secret.glb', null, 'temp/bg_other.png'], [null, null, null]],
    ['an unknown preview', ['preview3d_00.glb', null, null], [null, null, null]],
    ['a way out', [`${key}/../otherkey/x.glb`, null, null], [null, null, null]],
    ['a path of the host', ['C:\\out\\x.glb', '/srv/x.glb', null], [null, null, null]],
    ['plain words', ['nothing here', 1, true], ['nothing here', 1, true]],
  ])('with %s', (_name, result, own) => {
    expect(shows({ result })).toEqual({ result: own })
  })
})

describe('text a node shows', () => {
  it('stays, without the own key', () => {
    expect(shows({ text: [`${key}/3d/x.glb`, 'otherwise', 5, true, null] })).toEqual({
      text: ['3d/x.glb', 'otherwise', 5, true, null],
    })
  })

  it('keeps __proto__ an ordinary key', () => {
    const output = JSON.parse('{"__proto__":["a"],"animated":[true]}')
    expect(JSON.stringify(shows(output))).toBe('{"__proto__":["a"],"animated":[true]}')
  })
})

describe('ownOutputs', () => {
  it('names the own nodes, and drops what is not the output of one', () => {
    const outputs = {
      'k3f-5': { text: ['x'] },
      'k3f-5:2': { images: [{ filename: 'x.png', subfolder: key, type: 'output' }] },
      'k3f-6': null,
    }
    expect(names.ownOutputs(outputs, ownTemp)).toEqual({
      '5': { text: ['x'] },
      '5:2': { images: [{ filename: 'x.png', subfolder: '', type: 'output' }] },
    })
  })

  it('never shows the key, the salt or the name of a foreign file', () => {
    const word = fc.constantFrom(key, 'otherkey', 'x.png', '..', '', 'temp', 'output', 'salt.of+acme', 'a')
    const path = fc.array(word, { maxLength: 4 }).map((words) => words.join('/'))
    const item = fc.record({ filename: path, subfolder: path, type: fc.constantFrom('output', 'input', 'temp', 'x') })
    fc.assert(
      fc.property(fc.array(fc.oneof(item, fc.record({ nested: fc.array(item) })), { maxLength: 4 }), (images) => {
        const text = JSON.stringify(names.ownOutputs({ 'k3f-1': { images } }, ownTemp))
        expect(text).not.toContain(key)
        expect(text).not.toContain('"..')
        for (const shown of Object(names.ownNodeOutput({ images }, ownTemp)).images) {
          if ('filename' in shown)
            expect(images).toContainEqual({
              filename: expect.anything(),
              subfolder: expect.stringMatching(new RegExp(`^${key}|^$`)),
              type: shown.type,
            })
        }
      }),
    )
  })

  it('gives back what was saved under the own folder', () => {
    const segment = fc.stringMatching(/^[a-z][a-z0-9 _-]{0,8}[a-z0-9]$/)
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 3 }), segment, (folders, name) => {
        fc.pre([...folders, name].every((part) => !/^(?:con|prn|aux|nul|com\d|lpt\d)$/.test(part)))
        const upstream = { filename: `${name}.png`, subfolder: [key, ...folders].join('/'), type: 'output' }
        expect(shows({ images: [upstream] })).toEqual({ images: [{ ...upstream, subfolder: folders.join('/') }] })
      }),
    )
  })
})
