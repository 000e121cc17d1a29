/** Is the stand-in's picture of the nodes, models and system the one ComfyUI gives? */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { at, getJson } from './client.ts'
import type { TargetOf } from './target.ts'

const recordedFile = new URL('../fixtures/object-info.practice.json', import.meta.url)
const recorded: unknown = JSON.parse(readFileSync(recordedFile, 'utf8'))
const classes = Object.keys(Object(recorded))
const listing = ['LoadImage', 'LoadImageMask', 'LoadLatent', 'LoadAudio']

export function objectInfoContract(target: TargetOf): void {
  describe('/object_info', () => {
    it.each(classes.filter((name) => !listing.includes(name)))('describes %s as recorded', async (name) => {
      expect(at(await getJson(target(), `/object_info/${name}`), name)).toEqual(at(recorded, name))
    })

    it('holds every class at once', async () => {
      const all = await getJson(target(), '/object_info')
      expect(classes.filter((name) => at(all, name, 'name') !== name)).toEqual([])
    })

    it('lists what lies at the root of the input folder, whoever put it there', async () => {
      const input = join(target().baseDirectory, 'input')
      mkdirSync(join(input, 'below'), { recursive: true })
      for (const name of ['zz-list.png', 'aa-list.jpg', 'list.latent', 'list.wav', 'list.mp4', 'below/hidden.png'])
        writeFileSync(join(input, name), '')
      const options = async (name: string, ...path: (string | number)[]) =>
        at(await getJson(target(), `/object_info/${name}`), name, 'input', 'required', ...path)
      const images = await options('LoadImage', 'image', 0)
      expect(images).toEqual(expect.arrayContaining(['aa-list.jpg', 'zz-list.png']))
      expect(JSON.stringify(images)).not.toMatch(/hidden|latent|wav/)
      expect(images).toEqual([...Object.values<string>(Object(images))].sort())
      expect(await options('LoadImageMask', 'image', 0)).toEqual(images)
      expect(await options('LoadLatent', 'latent', 0)).toContain('list.latent')
      expect(await options('LoadAudio', 'audio', 1, 'options')).toEqual(
        expect.arrayContaining(['list.mp4', 'list.wav']),
      )
    })
  })

  describe('models', () => {
    it('are listed by folder, those saved by nodes included', async () => {
      const [models, output] = ['models', 'output'].map((name) => join(target().baseDirectory, name))
      for (const folder of [join(models ?? '', 'loras'), join(output ?? '', 'loras', 'bob')])
        mkdirSync(folder, { recursive: true })
      writeFileSync(join(models ?? '', 'loras', 'shared.safetensors'), '')
      writeFileSync(join(models ?? '', 'loras', 'notes.txt'), '')
      writeFileSync(join(output ?? '', 'loras', 'bob', 'own.safetensors'), '')
      expect(await getJson(target(), '/models/loras')).toEqual(['bob/own.safetensors', 'shared.safetensors'])
      expect(await getJson(target(), '/experiment/models/loras')).toMatchObject(
        expect.arrayContaining([expect.objectContaining({ name: 'shared.safetensors', pathIndex: 0, size: 0 })]),
      )
    })

    it('are told with their sizes in folders that hold anything, and nothing else of these is', async () => {
      const faces = join(target().baseDirectory, 'datasets', 'faces')
      mkdirSync(join(faces, '.cache'), { recursive: true })
      for (const name of ['a.pt', 'a.txt', '.hidden.pt', '.cache/b.pt']) writeFileSync(join(faces, name), '')
      expect(await getJson(target(), '/models/datasets')).toEqual(expect.arrayContaining(['faces/a.pt', 'faces/a.txt']))
      expect(await getJson(target(), '/experiment/models/datasets')).toMatchObject([{ name: 'faces/a.pt', size: 0 }])
    })

    it('have folders whose paths on the host are told', async () => {
      const names = await getJson(target(), '/models')
      expect(names).toEqual(expect.arrayContaining(['checkpoints', 'loras', 'custom_nodes', 'datasets']))
      const folders = Object.values<unknown>(Object(await getJson(target(), '/experiment/models')))
      const checkpoints = folders.find((folder) => at(folder, 'name') === 'checkpoints')
      const base = target().baseDirectory
      expect(at(checkpoints, 'folders')).toEqual([
        join(base, 'models', 'checkpoints'),
        join(base, 'output', 'checkpoints'),
      ])
      expect(at(checkpoints, 'extensions')).toEqual([
        '.bin',
        '.ckpt',
        '.pkl',
        '.pt',
        '.pt2',
        '.pth',
        '.safetensors',
        '.sft',
      ])
    })
  })

  describe('the system', () => {
    it('tells its arguments, memory and versions', async () => {
      const stats = await getJson(target(), '/system_stats')
      expect(at(stats, 'system')).toMatchObject({
        comfyui_version: '0.33.0',
        embedded_python: false,
        argv: expect.arrayContaining(['main.py', '--cpu']),
      })
      expect(Object.keys(Object(at(stats, 'system')))).toEqual([
        'os',
        'ram_total',
        'ram_free',
        'comfyui_version',
        'required_frontend_version',
        'installed_templates_version',
        'required_templates_version',
        'comfy_package_versions',
        'python_version',
        'pytorch_version',
        'embedded_python',
        'deploy_environment',
        'argv',
      ])
      expect(at(stats, 'devices', 0)).toMatchObject({ name: 'cpu', type: 'cpu', index: null })
    })

    it('tells the same features as the socket', async () => {
      expect(await getJson(target(), '/features')).toEqual({
        supports_preview_metadata: true,
        supports_model_type_tags: true,
        max_upload_size: 104857600,
        extension: { manager: { supports_v4: true } },
        node_replacements: true,
        assets: false,
      })
    })

    it('names the files at the root of a folder, newest first, annotated', async () => {
      writeFileSync(join(target().baseDirectory, 'output', 'listed.txt'), '')
      writeFileSync(join(target().baseDirectory, 'output', '.hidden'), '')
      const files = await getJson(target(), '/internal/files/output')
      expect(files).toContain('listed.txt [output]')
      expect(JSON.stringify(files)).not.toContain('.hidden')
    })

    it('gives its logs away', async () => {
      expect(await getJson(target(), '/internal/logs/raw')).toMatchObject({ entries: expect.any(Array) })
      expect(await getJson(target(), '/internal/logs')).toContain('got prompt')
    })
  })
}
