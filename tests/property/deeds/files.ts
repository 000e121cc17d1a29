/** What do people do with files in a story? */
import fc from 'fast-check'
import { encodePng } from '../../practice-comfyui/nodes/png.ts'
import { askForm, askJson } from '../ask.ts'
import { filledIn } from '../graphs.ts'
import type { Deed, Scene, Whose } from '../scene.ts'

const filename = fc.constantFrom('x.png', 'note.png', 'y z.png')
const subfolder = fc.constantFrom('', '', 'sub', '{foreign}', '../{foreign}')
const shade = fc.constantFrom(40, 200)

function pictureOf(grey: number): Uint8Array {
  return encodePng({ width: 4, height: 4, channels: 4, pixels: new Uint8Array(64).fill(grey) })
}

export const uploads = fc
  .record({
    name: filename,
    folder: subfolder,
    grey: shade,
    overwrite: fc.constantFrom('', 'true'),
    isPicture: fc.constantFrom(true, true, true, false),
  })
  .map(({ name, folder, grey, overwrite, isPicture }): Deed => {
    const what = isPicture ? `picture ${grey}` : 'a text'
    return {
      says: `uploads ${what} as ${name} to "${folder}"${overwrite === '' ? '' : ' over what is there'}`,
      does: async (scene) => {
        const bytes = isPicture ? pictureOf(grey) : Buffer.from(`no picture ${grey}`)
        const file = { field: 'image', filename: name, bytes }
        const fields = { subfolder: filledIn(folder, scene), ...(overwrite === '' ? {} : { overwrite }) }
        await scene.ask(askForm('/upload/image', file, { type: 'input', ...fields }))
      },
    }
  })

export const masks = fc.tuple(filename, fc.constantFrom('', '{foreign}'), shade).map(
  ([name, folder, grey]): Deed => ({
    says: `uploads a mask ${grey} over ${name} in "${folder}"`,
    does: async (scene) => {
      const file = { field: 'image', filename: 'mask.png', bytes: pictureOf(grey) }
      const original = { filename: name, subfolder: filledIn(folder, scene), type: 'input' }
      await scene.ask(askForm('/upload/mask', file, { type: 'input', original_ref: JSON.stringify(original) }))
    },
  }),
)

function viewPath(name: string, type: string, folder: string, more = ''): string {
  return `/view?filename=${encodeURIComponent(name)}&type=${type}&subfolder=${encodeURIComponent(folder)}${more}`
}

const input = ['x.png', 'x (1).png', 'note.png'] as const
const output = ['out_00001_.png', 'out_00002_.png', 'copy_00001_.png', 'x.png [output]'] as const

function views(names: readonly string[], types: readonly string[]): fc.Arbitrary<Deed> {
  return fc
    .record({
      name: fc.constantFrom(...names),
      type: fc.constantFrom(...types),
      folder: fc.constantFrom('', '', '', 'sub', '{own}', '{foreign}', '../{foreign}', '{foreign}/sub'),
      more: fc.constantFrom('', '', '&preview=webp;90', '&channel=rgb', '&channel=a'),
      range: fc.constantFrom(undefined, undefined, 'bytes=0-20'),
    })
    .map(({ name, type, folder, more, range }): Deed => {
      // Saved metadata holds ids, which must not be cut in two.
      const isPart = range !== undefined && type === 'input'
      return {
        says: `views ${name} of ${type} in "${folder}"${more}${isPart ? ' in part' : ''}`,
        does: async (scene) => {
          const path = viewPath(name, type, filledIn(folder, scene), more)
          await scene.ask({ method: 'GET', path, ...(isPart ? { headers: { range } } : {}) })
        },
      }
    })
}

export const viewsInput = views(input, ['input'])
export const viewsOutput = views(output, ['output'])
export const viewsAny = views([...input, ...output], ['input', 'output', 'temp', 'nonsense'])

export const viewsPreview = fc.constantFrom<Whose | 'stray'>('own', 'foreign', 'stray').map(
  (whose): Deed => ({
    says: `views a preview of ${{ own: 'their own', foreign: 'another', stray: "another by ComfyUI's own name" }[whose]}`,
    does: async (scene) => {
      const name = whose === 'stray' ? await scene.strayTempName() : await scene.previewOf(whose)
      await scene.ask({ method: 'GET', path: viewPath(name, 'temp', '') }, [name])
    },
  }),
)

export const byHash = fc.constant<Deed>({
  says: 'views a file by a hash',
  does: async (scene) => {
    await scene.ask({ method: 'GET', path: `/view?filename=blake3:${'ab'.repeat(32)}` })
  },
})

export const listing = fc
  .constantFrom(
    '/internal/files/input',
    '/internal/files/output',
    '/internal/files/temp',
    '/object_info/LoadImage',
    '/object_info/LoadImageOutput',
    '/object_info/UpscaleModelLoader',
    '/object_info',
    '/models',
    '/models/upscale_models',
    '/embeddings',
    '/experiment/models',
    '/experiment/models/upscale_models',
    '/view_metadata/upscale_models?filename=everybodys.safetensors',
    '/extensions',
    '/api/assets',
  )
  .map(
    (path): Deed => ({
      says: `lists ${path}`,
      does: async (scene: Scene) => void (await scene.ask({ method: 'GET', path })),
    }),
  )

const names = [...input, 'out_00001_.png', '../{foreign}/x.png'] as const

/** The own API about files: `sidecar/src/own-api/files.ts`. */
export const keeps = fc.oneof(
  fc.constantFrom('files?root=input', 'files?root=output&limit=1', 'usage', 'admin/usage').map(
    (path): Deed => ({
      says: `asks for own ${path}`,
      does: async (scene: Scene) => void (await scene.ask({ method: 'GET', path: `/gatehouse/api/v1/${path}` })),
    }),
  ),
  fc.tuple(fc.constantFrom('input', 'output'), fc.constantFrom(...names), fc.constantFrom('', '', '{foreign}')).map(
    ([root, name, folder]): Deed => ({
      says: `deletes ${name} of ${root} in "${folder}"`,
      does: async (scene) => {
        const file = { root, subfolder: filledIn(folder, scene), filename: filledIn(name, scene) }
        await scene.ask(askJson('DELETE', '/gatehouse/api/v1/files', { files: [file] }))
      },
    }),
  ),
)
