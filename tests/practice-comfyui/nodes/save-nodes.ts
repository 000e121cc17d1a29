/** What do the nodes that write images leave behind: which files, which metadata, which ui entry? */
import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FolderType, savePath } from '../directories.ts'
import { dumpPythonJson } from '../python/dump-json.ts'
import { dict, type PythonDict } from '../python/values.ts'
import { imageOfMask } from './image-nodes.ts'
import { type ImageValue, type NodeBehaviour, PythonError, type RunContext } from './node-class.ts'
import { encodePng } from './png.ts'

// The letters of ComfyUI's own list, with its two p and no w.
const prefixLetters = 'abcdefghijklmnopqrstupvxyz'

const saveImage: NodeBehaviour = {
  run: (inputs, context) => {
    const images = tensorOf(inputs.get('images'), () => inputs.image('images'))
    const saved = saveFrames(images, inputs.text('filename_prefix', 'ComfyUI'), 'output', context)
    return { outputs: [images], ui: dict({ images: saved }) }
  },
}

/** Its prefix lives as long as the instance: the next prompt with the same node id counts on. */
const previewImage: NodeBehaviour = {
  run: (inputs, context, instance) => {
    const images = tensorOf(inputs.get('images'), () => inputs.image('images'))
    const suffix = instance.get('prefix_append') ?? `_temp_${randomLetters()}`
    instance.set('prefix_append', suffix)
    return { outputs: [images], ui: dict({ images: saveFrames(images, `ComfyUI${suffix}`, 'temp', context) }) }
  },
}

const maskPreview: NodeBehaviour = {
  run: (inputs, context) => {
    const mask = inputs.mask('mask')
    const saved = saveFrames(imageOfMask(mask), `ComfyUI_temp_${randomLetters()}`, 'temp', context)
    return { outputs: [mask], ui: dict({ images: saved, animated: [false] }) }
  },
}

export const saveNodes = {
  SaveImage: saveImage,
  PreviewImage: previewImage,
  MaskPreview: maskPreview,
} as const satisfies Record<string, NodeBehaviour>

export function randomLetters(): string {
  return Array.from({ length: 5 }, () => prefixLetters.charAt(randomInt(prefixLetters.length))).join('')
}

/** The metadata every saver writes: `prompt`, then each key of `extra_pnginfo`. */
export function metadataOf(context: RunContext): ReadonlyMap<string, string> {
  const text = new Map([['prompt', dumpPythonJson(context.prompt)]])
  const extra = context.extraPnginfo
  if (extra === undefined || extra === null) return text
  if (extra instanceof Map) for (const [key, value] of extra) text.set(key, dumpPythonJson(value))
  else throw new PythonError('TypeError', "string indices must be integers, not 'str'")
  return text
}

function saveFrames(images: ImageValue, prefix: string, type: FolderType, context: RunContext): PythonDict[] {
  const place = savePath(prefix, context.directories[type], images.width, images.height)
  const text = metadataOf(context)
  return images.frames.map((pixels, at) => {
    const stem = place.filename.replaceAll('%batch_num%', String(at))
    const filename = `${stem}_${String(place.counter + at).padStart(5, '0')}_.png`
    const png = encodePng({ width: images.width, height: images.height, channels: 3, pixels }, text)
    writeFileSync(join(place.folder, filename), png)
    return dict({ filename, subfolder: place.subfolder, type })
  })
}

// Constants pass validation for IMAGE inputs and fail when run.
function tensorOf(value: unknown, read: () => ImageValue): ImageValue {
  if (typeof value === 'string') throw new PythonError('AttributeError', "'str' object has no attribute 'shape'")
  return read()
}
