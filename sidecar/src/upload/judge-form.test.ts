import { describe, expect, it } from 'vitest'
import type { FileName, OwnFiles } from '../policy/world.ts'
import { parseOwnFolder, parseOwnPath } from '../transform/rooted-path.ts'
import { baseName, judgeForm } from './judge-form.ts'

/** A tenant whose folder key is `k`, with one preview of its own. */
const files: Pick<OwnFiles, 'toUpstream'> = {
  toUpstream: async (own: FileName) => {
    if (own.root === 'temp')
      return own.filename === 'mine.png' ? { ...own, filename: 'ComfyUI_temp_a_1.png' } : undefined
    const folder = parseOwnFolder(own.subfolder)
    if (folder === undefined || parseOwnPath(own.filename) === undefined) return undefined
    return { ...own, subfolder: folder === '' ? 'k' : `k/${folder}` }
  },
}
const world: OwnFiles = {
  ...files,
  toUpstream: files.toUpstream,
  toOwn: async () => undefined,
  list: async () => [],
  recordUpload: async () => undefined,
  discardUpload: async () => undefined,
}

function judge(filename: string, fields: Record<string, string>, kind: 'image' | 'mask' = 'image') {
  return judgeForm({ kind, filename, fields: new Map(Object.entries(fields)) }, world)
}

describe('baseName', () => {
  it.each([
    ['x.png', 'x.png'],
    ['../bob/x.png', 'x.png'],
    ['a/../../bob/x.png', 'x.png'],
    ['C:\\fake\\x.png', 'x.png'],
    ['\u00e4 \u{1f600}.png', '\u00e4 \u{1f600}.png'],
    ['..', undefined],
    ['', undefined],
    ['a/', undefined],
    ['x\u0000.png', undefined],
  ])('takes %j for %j', (written, expected) => {
    expect(baseName(written)).toBe(expected)
  })
})

describe('judgeForm', () => {
  it.each([
    [{}, 'k'],
    [{ subfolder: 'pasted' }, 'k/pasted'],
    [{ subfolder: 'pasted/' }, 'k/pasted'],
    [{ subfolder: '.' }, 'k'],
    [{ type: 'temp', subfolder: '' }, 'k'],
  ])('sends %j below the folder of the tenant', async (fields, subfolder) => {
    expect((await judge('x.png', fields)).fields).toEqual([
      ['type', 'input'],
      ['subfolder', subfolder],
    ])
  })

  it('passes overwrite on only when it means yes to ComfyUI', async () => {
    const meant = async (overwrite: string) =>
      (await judge('x.png', { overwrite })).fields.some(([name]) => name === 'overwrite')
    expect(await Promise.all(['true', '1', 'false', 'True', ''].map(meant))).toEqual([true, true, false, false, false])
  })

  it.each([
    ['../bob', 'bad_upload'],
    ['k/../../bob', 'bad_upload'],
    ['/absolute', 'bad_upload'],
    ['a\\b', 'bad_upload'],
  ])('refuses the subfolder %s', async (subfolder, code) => {
    await expect(judge('x.png', { subfolder })).rejects.toMatchObject({ code })
  })

  it.each(['output', 'models', 'INPUT'])('refuses the type %s', async (type) => {
    await expect(judge('x.png', { type })).rejects.toMatchObject({ code: 'forbidden' })
  })

  it.each<[string, string]>([
    ['{"filename":"a.png","type":"output","subfolder":"s"}', '{"filename":"a.png","type":"output","subfolder":"k/s"}'],
    ['{"filename":"s/a.png [input]","type":"output"}', '{"filename":"a.png","type":"input","subfolder":"k/s"}'],
    ['{"filename":"mine.png","type":"temp"}', '{"filename":"ComfyUI_temp_a_1.png","type":"temp","subfolder":""}'],
    ['{"filename":"a.png"}', '{"filename":"a.png","type":"output","subfolder":"k"}'],
  ])('reads the original %s as an own file', async (original, sent) => {
    expect((await judge('m.png', { original_ref: original }, 'mask')).fields).toContainEqual(['original_ref', sent])
  })

  it.each([
    '{"filename":"theirs.png","type":"temp"}',
    '{"filename":"../bob/a.png"}',
    '{"filename":"a.png","subfolder":"../bob"}',
    '{"filename":"/etc/passwd"}',
  ])('lets the original %s be a file that nobody has', async (original) => {
    const sent = (await judge('m.png', { original_ref: original }, 'mask')).fields.find(
      ([name]) => name === 'original_ref',
    )?.[1]
    expect(sent).toBe('{"filename":".gatehouse-absent","type":"input","subfolder":"k"}')
  })

  it.each(['', 'x', '[]', '{"type":"output"}', '{"filename":"a","type":"models"}'])(
    'refuses the original %j',
    async (original) => {
      await expect(judge('m.png', { original_ref: original }, 'mask')).rejects.toMatchObject({
        code: expect.stringMatching(/bad_upload|bad_json/),
      })
    },
  )
})
