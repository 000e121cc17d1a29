/** Where does an upload land? `/upload/image`, `/upload/mask` (`server.py:image_upload`), their traps included. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join, normalize, resolve } from 'node:path'
import { type Answer, empty, json } from '../aiohttp/answer.ts'
import { type Form, parseForm } from '../aiohttp/multipart.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { type Directories, folderByType, isFile, isInside, splitAnnotation } from '../directories.ts'
import { PythonError } from '../nodes/node-class.ts'
import { decodePng, encodePng } from '../nodes/png.ts'
import { parsePythonJson } from '../python/parse-json.ts'
import { isDict } from '../python/values.ts'

type Save = (content: Buffer, path: string) => void

export function uploadRoutes({ directories, disk }: Comfyui): RouteTable {
  const write = (content: Buffer, path: string): void => {
    writeFileSync(path, content.subarray(0, disk.freeBytes))
    if (content.length > disk.freeBytes) throw new PythonError('OSError', '[Errno 28] No space left on device')
  }
  return {
    'POST /upload/image': async (request) => {
      const form = parseForm(await request.body(), request.header('content-type'))
      return upload(directories, form, write)
    },
    'POST /upload/mask': async (request) => {
      const form = parseForm(await request.body(), request.header('content-type'))
      return upload(directories, form, (content, path) =>
        saveMask(directories, form, content, (made) => write(made, path)),
      )
    },
  }
}

function upload(directories: Directories, form: Form, save: Save): Answer {
  const type = form.text('type') ?? 'input'
  const folder = folderByType(directories, type)
  if (folder === undefined) throw new PythonError('UnboundLocalError', 'type_dir')
  const image = form.first('image')
  if (image === undefined || image.content.length + (image.filename?.length ?? 0) === 0) return empty(400)
  // A plain field is text, which has no `file`.
  if (image.filename === undefined) throw new PythonError('AttributeError', "'str' object has no attribute 'file'")
  const subfolder = form.text('subfolder') ?? ''
  const target = resolve(folder, normalize(subfolder))
  if (!isInside(folder, resolve(target, image.filename))) return empty(400)
  mkdirSync(target, { recursive: true })
  const overwrite = form.text('overwrite')
  const chosen =
    overwrite === 'true' || overwrite === '1'
      ? { name: image.filename }
      : freeName(target, image.filename, image.content)
  if (!('isDuplicate' in chosen)) save(image.content, join(target, chosen.name))
  return json({ name: chosen.name, subfolder, type })
}

/** `name (1).ext` and so on, unless a file of that name holds the same bytes already. */
function freeName(folder: string, wanted: string, content: Buffer): { name: string; isDuplicate?: true } {
  const extension = extname(wanted)
  const stem = wanted.slice(0, wanted.length - extension.length)
  let name = wanted
  for (let count = 1; existsSync(join(folder, name)); count += 1) {
    if (readFileSync(join(folder, name)).equals(content)) return { name, isDuplicate: true }
    name = `${stem} (${count})${extension}`
  }
  return { name }
}

// Whatever is wrong with the reference, the answer is the same 200 and nothing is written.
function saveMask(directories: Directories, form: Form, content: Buffer, write: (made: Buffer) => void): void {
  const reference = parsePythonJson(form.text('original_ref') ?? '')
  if (!isDict(reference)) throw new PythonError('TypeError', 'original_ref')
  const named = reference.get('filename')
  if (typeof named !== 'string') throw new PythonError('KeyError', "'filename'")
  const { name, type } = splitAnnotation(named)
  if (name === '' || name.startsWith('/') || name.includes('..')) return
  const folder = folderByType(directories, type ?? String(reference.get('type') ?? 'output'))
  if (folder === undefined) return
  const parent = resolve(folder, String(reference.get('subfolder') ?? ''))
  if (!isInside(folder, parent)) return
  const original = join(parent, name)
  if (isFile(original)) write(withAlphaOf(readFileSync(original), content))
}

function withAlphaOf(original: Buffer, mask: Buffer): Buffer {
  const [picture, cover] = [decodePng(original), decodePng(mask)]
  if (picture.width !== cover.width || picture.height !== cover.height) {
    throw new PythonError('ValueError', 'images do not match')
  }
  const pixels = picture.pixels.map((value, at) => (at % 4 === 3 ? (cover.pixels[at] ?? 255) : value))
  return encodePng({ width: picture.width, height: picture.height, channels: 4, pixels }, picture.text)
}
