import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildWeb } from '../../scripts/build/browser-bundles.ts'
import { buildPack } from '../../scripts/build/pack-folder.ts'

let scratch: string
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'gatehouse-pack-'))
})
afterEach(() => rm(scratch, { recursive: true }))

describe('the folder for custom_nodes', () => {
  it('has one script below its web directory, because ComfyUI loads every script it finds there', async () => {
    const root = join(scratch, 'root')
    const dist = join(scratch, 'dist')
    for (const folder of ['__pycache__', 'tests', 'guard']) {
      await mkdir(join(root, 'extension/pack', folder), { recursive: true })
      await writeFile(join(root, 'extension/pack', folder, 'any.py'), '')
    }
    await writeFile(join(root, 'extension/pack/__init__.py'), '')
    await writeFile(join(root, 'extension/pack/guard/any.pyc'), '')
    const manifest = await buildWeb(join(import.meta.dirname, '../..'), join(dist, 'web'))
    await mkdir(join(dist, 'sidecar'))
    await writeFile(join(dist, 'sidecar/gatehouse.mjs'), '')

    expect(await buildPack(root, dist)).toBe(true)

    const files = await readdir(join(dist, 'comfyui-gatehouse'), { recursive: true })
    expect(files.filter((file) => file.startsWith('web')).sort()).toEqual(['web', join('web', 'extension.js')])
    expect(files.filter((file) => file.includes('py')).sort()).toEqual(['__init__.py', join('guard', 'any.py')])
    expect(files).toEqual(expect.arrayContaining(['gatehouse.mjs', join('pages', manifest.inject)]))
    for (const asset of manifest.assets) expect(files).toContain(join('pages', ...asset.split('/')))
  })

  it('is not made where the checkout has no pack', async () => {
    expect(await buildPack(scratch, join(scratch, 'dist'))).toBe(false)
  })
})
