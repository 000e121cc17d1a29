/** What do the nodes that read named files accept, and what do they give? */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { guessType } from '../aiohttp/content-types.ts'
import { annotatedExists, annotatedPath, type Directories } from '../directories.ts'
import { pythonStr } from '../python/dump-json.ts'
import { isFloat, type PythonValue } from '../python/values.ts'
import { image, mask } from './image-nodes.ts'
import { type ImageValue, type MaskValue, type NodeBehaviour, PythonError } from './node-class.ts'
import { decodePng } from './png.ts'

const loadImage: NodeBehaviour = {
  ...reader('image', 'LoadImage', 'image'),
  options: (directories) => new Map([['image', filesOfType(directories, ['image'])]]),
  run: (inputs, context) => {
    const [pixels, alpha] = readImage(annotatedPath(context.directories, inputs.text('image')))
    return { outputs: [pixels, alpha] }
  },
}

const loadImageOutput: NodeBehaviour = { ...reader('image', 'LoadImageOutput', 'image'), run: loadImage.run }

const loadImageMask: NodeBehaviour = {
  ...reader('image', 'LoadImageMask', 'image'),
  options: (directories) => new Map([['image', filesOfType(directories, ['image'])]]),
  run: (inputs, context) => {
    const [pixels, alpha] = readImage(annotatedPath(context.directories, inputs.text('image')))
    const channel = ['red', 'green', 'blue'].indexOf(inputs.text('channel'))
    if (channel === -1) return { outputs: [alpha] }
    const frames = pixels.frames.map((frame) => frame.filter((_, at) => at % 3 === channel))
    return { outputs: [mask(pixels.width, pixels.height, frames)] }
  },
}

export const loadNodes = {
  LoadImage: loadImage,
  LoadImageOutput: loadImageOutput,
  LoadImageMask: loadImageMask,
} as const satisfies Record<string, NodeBehaviour>

/** The validator and the fingerprint that all readers of named files share. */
export function reader(
  input: string,
  className: string,
  noun: string,
): Pick<NodeBehaviour, 'validates' | 'validate' | 'isChanged'> {
  return {
    validates: [input],
    validate: (inputs, directories) => {
      if (!inputs.has(input)) {
        const told = `${className}.VALIDATE_INPUTS() missing 1 required positional argument: '${input}'`
        throw new PythonError('TypeError', told)
      }
      const name = fileName(inputs.get(input) ?? null)
      return annotatedExists(directories, name) || `Invalid ${noun} file: ${name}`
    },
    isChanged: (inputs, directories) => {
      const path = annotatedPath(directories, fileName(inputs.get(input) ?? null))
      return createHash('sha256').update(readFileSync(path)).digest('hex')
    },
  }
}

/** `sorted(filter_files_content_types(files, types))` over the files at the root of the input folder. */
export function filesOfType(directories: Directories, kinds: readonly string[]): string[] {
  return rootFiles(directories).filter((name) => kinds.includes(guessType(name)?.split('/')[0] ?? ''))
}

export function rootFiles(directories: Directories): string[] {
  return readdirSync(directories.input)
    .filter((name) => statSync(join(directories.input, name), { throwIfNoEntry: false })?.isFile() === true)
    .sort()
}

// Linked inputs arrive as None at validation time: ComfyUI raises, and so the prompt is refused.
function fileName(value: PythonValue): string {
  if (typeof value === 'string') return value
  throw new PythonError('AttributeError', `'${typeName(value)}' object has no attribute 'endswith'`)
}

function typeName(value: PythonValue): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (Array.isArray(value)) return 'list'
  if (value instanceof Map) return 'dict'
  return isFloat(value) ? 'float' : 'int'
}

function readImage(path: string): [ImageValue, MaskValue] {
  const file = readFileSync(path)
  const png = decode(file, path)
  const count = png.width * png.height
  const [pixels, alpha] = [new Uint8Array(count * 3), new Uint8Array(count)]
  for (let at = 0; at < count; at += 1) {
    pixels.set(png.pixels.subarray(at * 4, at * 4 + 3), at * 3)
    alpha[at] = 255 - (png.pixels[at * 4 + 3] ?? 255)
  }
  const covered = png.hasAlpha ? mask(png.width, png.height, [alpha]) : mask(64, 64, [new Uint8Array(64 * 64)])
  return [image(png.width, png.height, [pixels]), covered]
}

function decode(file: Buffer, path: string) {
  try {
    return decodePng(file)
  } catch {
    throw new PythonError('PIL.UnidentifiedImageError', `cannot identify image file ${pythonStr(path)}`)
  }
}
