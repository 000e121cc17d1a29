/** Which node inputs offer files, and which of a tenant's own files does each offer? */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { FileName } from '../policy/world.ts'
import { isObject } from '../transform/json-shape.ts'
import { endingOf, type FileKind, isOfKind } from './file-kinds.ts'

/** The tenant's own files, in own names. */
export interface OwnListing {
  readonly input: readonly FileName[]
  readonly output: readonly FileName[]
}

export type ListRule =
  /** Files of the input root, as `LoadImage` lists them. */
  | { readonly from: 'input'; readonly kinds: readonly FileKind[] }
  | { readonly from: 'output'; readonly kinds: readonly FileKind[] }
  /** Everything below input/3d, after the word `none` (nodes_load_3d.py). */
  | { readonly from: 'meshes' }
  /** Files of the input root that end like the ones ComfyUI listed. */
  | { readonly from: 'alike'; readonly endings: ReadonlySet<string> }
  /** Names of folders, which no tenant is offered. */
  | { readonly from: 'nowhere' }

export type ListRules = Readonly<Record<string, Readonly<Record<string, ListRule>>>>

const images: ListRule = { from: 'input', kinds: ['image'] }
const documents: ListRule = { from: 'input', kinds: ['document'] }
const nowhere: ListRule = { from: 'nowhere' }

/** Inputs of core nodes (0.3.64 to 0.33.0) that no flag gives away, or whose lists have a form of their own. */
export const coreListRules: ListRules = {
  LoadLatent: { latent: { from: 'input', kinds: ['latent'] } },
  LoadAudio: { audio: { from: 'input', kinds: ['audio', 'video'] } },
  Load3D: { model_file: { from: 'meshes' } },
  Load3DAdvanced: { model_file: { from: 'meshes' } },
  Load3DAnimation: { model_file: { from: 'meshes' } },
  GeminiInputFiles: { file: documents },
  OpenAIInputFiles: { file: documents },
  LoadImageDataSetFromFolder: { folder: nowhere },
  LoadImageTextDataSetFromFolder: { folder: nowhere },
  LoadVideoDataSetFromFolder: { folder: nowhere },
  LoadVideoTextDataSetFromFolder: { folder: nowhere },
  LoadImageSetNode: { images },
  LoadImageSetFromFolderNode: { folder: nowhere },
  LoadImageTextSetFromFolderNode: { folder: nowhere },
  LoadTrainingDataset: { folder_name: nowhere },
}

/** The rule that an input's own options give away (node_typing.py UploadType, RemoteInputOptions 0.33.0). */
export function flaggedRule(options: JsonObject): ListRule | undefined {
  const from =
    options.image_folder === 'output' || remoteRoute(options) === '/internal/files/output' ? 'output' : 'input'
  if (options.image_upload === true) return { from, kinds: ['image'] }
  if (options.video_upload === true) return { from, kinds: ['video'] }
  if (options.audio_upload === true) return { from, kinds: ['audio', 'video'] }
  if (options.file_upload === true) return { from: 'meshes' }
  return remoteRoute(options).startsWith('/internal/files/')
    ? { from, kinds: ['image', 'audio', 'video', 'mesh'] }
    : undefined
}

/** A list of nothing but files of ComfyUI's input root is a list of input files, whichever pack it comes from. */
export function observedRule(listed: readonly Json[], inputFiles: ReadonlySet<string>): ListRule | undefined {
  const names = listed.filter((entry) => typeof entry === 'string')
  if (names.length === 0 || names.length !== listed.length) return undefined
  const files = names.filter((name) => name.toLowerCase() !== 'none')
  if (files.length === 0 || !files.every((name) => inputFiles.has(name))) return undefined
  return { from: 'alike', endings: new Set(files.map(endingOf)) }
}

/** The list a rule makes for a tenant, sorted as ComfyUI sorts. */
export function ownList(rule: ListRule, own: OwnListing): readonly string[] {
  switch (rule.from) {
    case 'input':
      return rootNames(own.input, (name) => isOfKind(name, rule.kinds))
    case 'output':
      return rootNames(own.output, (name) => isOfKind(name, rule.kinds)).map((name) => `${name} [output]`)
    case 'alike':
      return rootNames(own.input, (name) => rule.endings.has(endingOf(name)))
    case 'meshes':
      return ['none', ...meshes(own.input)]
    case 'nowhere':
      return []
  }
}

function rootNames(files: readonly FileName[], isWanted: (name: string) => boolean): readonly string[] {
  const names = files.filter(({ subfolder, filename }) => subfolder === '' && isWanted(filename))
  return names.map(({ filename }) => filename).sort()
}

function meshes(files: readonly FileName[]): readonly string[] {
  const below = files.filter(({ subfolder }) => subfolder === '3d' || subfolder.startsWith('3d/'))
  return below
    .filter(({ filename }) => isOfKind(filename, ['mesh']))
    .map(({ subfolder, filename }) => `${subfolder}/${filename}`)
    .sort()
}

function remoteRoute(options: JsonObject): string {
  const { remote } = options
  const route = isObject(remote) ? remote.route : undefined
  return typeof route === 'string' ? route : ''
}
