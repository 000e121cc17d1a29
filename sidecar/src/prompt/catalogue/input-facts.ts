/** Which inputs does a class declare in `/object_info`, and which of them could name a file? */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isArray, isObject } from '../../transform/json-shape.ts'

/**
 * `value`: a number, a choice, a shape; `text`: free text; `file`: a widget or list of files; `socket`: what only
 * another node can make.
 */
export type InputKind = 'value' | 'text' | 'file' | 'socket'

export interface DeclaredInput {
  /** As prompts spell it; `*` stands for one part that the client counts up: `images.*`. */
  readonly name: string
  readonly kind: InputKind
  /** ComfyUI's type; `COMBO` for a list of choices. */
  readonly type: string
  /** Options that say something of files. */
  readonly flags: readonly string[]
}

const uploadFlags = ['image_upload', 'audio_upload', 'video_upload', 'file_upload', 'animated_image_upload']
const fileWidgets = new Set(['AUDIO_RECORD', 'WEBCAM', 'IMAGEUPLOAD', 'LOAD_3D', 'LOAD_3D_ANIMATION'])
// Types whose values the page itself makes, or that are numbers and shapes through and through (0.3.64 to 0.33.0).
const valueTypes = new Set(
  `INT FLOAT NUMBER BOOLEAN COLOR COLORS CURVE HISTOGRAM BOUNDING_BOX BOUNDING_BOXES COMPOSITOR IMAGECOMPARE
  ARRAY DICT FLOATS * COMFY_MATCHTYPE_V3`.split(/\s+/),
)
const fileEnding =
  /\.(?:avif|bmp|gif|jpe?g|png|svg|tiff?|webp|flac|m4a|mp3|ogg|opus|wav|avi|mkv|mov|mp4|webm|fbx|glb|gltf|obj|ply|spz|stl|latent|txt|pdf|json|ya?ml|bin|ckpt|gguf|onnx|pkl|pth?|safetensors|sft)$/i

interface Declared {
  readonly inputs: readonly DeclaredInput[]
  /** By name, where no name has a part that the client counts up. */
  readonly byName: ReadonlyMap<string, readonly DeclaredInput[]> | undefined
}

const known = new WeakMap<JsonObject, Declared>()

/** The inputs of one `/object_info` entry, those behind dynamic choices as well. */
export function declaredInputs(info: JsonObject): readonly DeclaredInput[] {
  return declaredBy(info).inputs
}

function declaredBy(info: JsonObject): Declared {
  const cached = known.get(info)
  if (cached !== undefined) return cached
  const inputs = isObject(info.input) ? declaredIn(info.input, '') : []
  const isCounted = inputs.some(({ name }) => name.includes('*'))
  const declared = { inputs, byName: isCounted ? undefined : Map.groupBy(inputs, ({ name }) => name) }
  known.set(info, declared)
  return declared
}

/** What is declared for an input of a prompt; several where a dynamic choice has the same name in more than one branch. */
export function declarationsOf(info: JsonObject, inputName: string): readonly DeclaredInput[] {
  const { inputs, byName } = declaredBy(info)
  if (byName !== undefined) return byName.get(inputName) ?? []
  const parts = inputName.split('.')
  return inputs.filter(({ name }) => name === inputName || (name.includes('*') && fits(name.split('.'), parts)))
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  return pattern.length === parts.length && pattern.every((part, index) => part === '*' || part === parts[index])
}

function declaredIn(groups: JsonObject, prefix: string): readonly DeclaredInput[] {
  return [groups.required, groups.optional].flatMap((group) =>
    isObject(group) ? Object.entries(group).flatMap(([name, spec]) => declared(`${prefix}${name}`, spec)) : [],
  )
}

function declared(name: string, spec: Json): readonly DeclaredInput[] {
  if (!isArray(spec)) return []
  const [first, second] = spec
  const options = isObject(second) ? second : {}
  const type = isArray(first) ? 'COMBO' : typeof first === 'string' ? first : 'UNKNOWN'
  if (type === 'COMFY_AUTOGROW_V3') return grown(name, options.template)
  const own: DeclaredInput = {
    name,
    type,
    flags: flagsOf(options),
    kind: kindOf(type, isArray(first) ? first : options.options, options),
  }
  const choices = isArray(options.options) ? options.options : []
  const behind = choices.flatMap((choice) =>
    isObject(choice) && isObject(choice.inputs) ? declaredIn(choice.inputs, `${name}.`) : [],
  )
  return [own, ...behind]
}

// `images` with the template `image` becomes `images.image0`, `images.image1` (comfy_api latest io Autogrow, 0.33.0).
function grown(name: string, template: Json | undefined): readonly DeclaredInput[] {
  const input = isObject(template) ? template.input : undefined
  if (!isObject(input)) return [{ name: `${name}.*`, type: 'UNKNOWN', flags: [], kind: 'socket' }]
  return declaredIn(input, '').map((inner) => {
    const [, ...deeper] = inner.name.split('.')
    return { ...inner, name: [name, '*', ...deeper].join('.') }
  })
}

function kindOf(type: string, listed: Json | undefined, options: JsonObject): InputKind {
  if (flagsOf(options).length > 0 || fileWidgets.has(type)) return 'file'
  if (type === 'COMFY_DYNAMICCOMBO_V3') return 'value'
  if (type === 'COMBO') return listsFiles(listed) ? 'file' : 'value'
  const types = type.split(',')
  if (types.includes('STRING')) return 'text'
  return types.some((one) => valueTypes.has(one)) ? 'value' : 'socket'
}

/** An empty list is what a fresh installation shows where it will list files. */
function listsFiles(listed: Json | undefined): boolean {
  if (!isArray(listed)) return false
  return listed.length === 0 || listed.some((entry) => typeof entry === 'string' && fileEnding.test(entry))
}

function flagsOf(options: JsonObject): readonly string[] {
  const route = isObject(options.remote) ? options.remote.route : undefined
  const isRemote = typeof route === 'string' && route.startsWith('/internal/files/')
  return [...uploadFlags.filter((flag) => options[flag] === true), ...(isRemote ? ['remote'] : [])]
}
