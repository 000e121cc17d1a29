/** Which model folders are there, and what is in them? (`folder_paths.py`, `main.py:apply_custom_paths`) */
import { readdirSync, statSync } from 'node:fs'
import { extname, join, normalize, relative, sep } from 'node:path'
import { type Directories, isFile } from '../directories.ts'

/** `supported_pt_extensions` */
export const weights = ['.bin', '.ckpt', '.pkl', '.pt', '.pt2', '.pth', '.safetensors', '.sft']

export interface ModelFolder {
  readonly name: string
  readonly paths: readonly string[]
  /** Empty: any file counts. */
  readonly extensions: readonly string[]
}

// What may be under models, and, for five of them, under output as well: what nodes saved there.
const layout: readonly (readonly [string, readonly string[], readonly string[], boolean?])[] = [
  ['checkpoints', ['checkpoints'], weights, true],
  ['configs', ['configs'], ['.yaml']],
  ['loras', ['loras'], weights, true],
  ['vae', ['vae'], weights, true],
  ['text_encoders', ['text_encoders', 'clip'], weights],
  ['diffusion_models', ['unet', 'diffusion_models'], weights, true],
  ['clip_vision', ['clip_vision'], weights],
  ['style_models', ['style_models'], weights],
  ['embeddings', ['embeddings'], weights],
  ['diffusers', ['diffusers'], ['folder']],
  ['vae_approx', ['vae_approx'], weights],
  ['controlnet', ['controlnet', 't2i_adapter'], weights],
  ['gligen', ['gligen'], weights],
  ['upscale_models', ['upscale_models'], weights],
  ['latent_upscale_models', ['latent_upscale_models'], weights],
  ['custom_nodes', [], []],
  ['datasets', [], []],
  ['hypernetworks', ['hypernetworks'], weights],
  ['photomaker', ['photomaker'], weights],
  ['classifiers', ['classifiers'], ['']],
  ['model_patches', ['model_patches'], weights],
  ['audio_encoders', ['audio_encoders'], weights],
  ['background_removal', ['background_removal'], weights],
  ['frame_interpolation', ['frame_interpolation'], weights],
  ['geometry_estimation', ['geometry_estimation'], weights],
  ['optical_flow', ['optical_flow'], weights],
  ['detection', ['detection'], weights],
]

export function modelFolders(directories: Directories): ModelFolder[] {
  return layout.map(([name, folders, extensions, alsoOutput]) => {
    const paths = folders.map((folder) => join(directories.models, folder))
    if (alsoOutput) paths.push(join(directories.output, name))
    if (name === 'text_encoders') paths.push(join(directories.output, 'clip'))
    if (name === 'custom_nodes' || name === 'datasets') paths.push(join(directories.base, name))
    return { name, paths, extensions }
  })
}

/** `unet` and `clip` are older names of two of them. */
export function findModelFolder(directories: Directories, name: string, legacy = false): ModelFolder | undefined {
  const current = legacy ? ({ unet: 'diffusion_models', clip: 'text_encoders' }[name] ?? name) : name
  return modelFolders(directories).find((folder) => folder.name === current)
}

/** `get_filename_list`: names relative to their folder, sorted, without repetition. */
export function modelNames(folder: ModelFolder): string[] {
  const names = folder.paths.flatMap((path) => filesBelow(path).map((file) => relative(path, file)))
  const kept = names.filter(
    (name) => folder.extensions.length === 0 || folder.extensions.includes(extname(name).toLowerCase()),
  )
  return [...new Set(kept)].sort()
}

export function filesBelow(folder: string): string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (!entry.isDirectory()) return [path]
    return entry.name === '.git' ? [] : filesBelow(path)
  })
}

/** `get_full_path`: `..` cannot leave, because the name is made absolute first. */
export function modelFilePath(directories: Directories, folderName: string, filename: string): string | undefined {
  const folder = findModelFolder(directories, folderName, true)
  const inside = normalize(`${sep}${filename}`).slice(1)
  return folder?.paths.map((path) => join(path, inside)).find(isFile)
}
