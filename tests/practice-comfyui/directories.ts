/** Where are ComfyUI's folders, and which file does a name with an annotation mean? (`folder_paths.py`) */
import { existsSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, normalize, resolve, sep } from 'node:path'

export type FolderType = 'input' | 'output' | 'temp'

export interface Directories extends Readonly<Record<FolderType, string>> {
  readonly base: string
  readonly user: string
  readonly models: string
}

export function createDirectories(base: string): Directories {
  const root = resolve(base)
  const made = {
    base: root,
    input: join(root, 'input'),
    output: join(root, 'output'),
    temp: join(root, 'temp'),
    user: join(root, 'user'),
    models: join(root, 'models'),
  }
  for (const folder of [...Object.values(made), join(root, 'custom_nodes')]) mkdirSync(folder, { recursive: true })
  return made
}

export function folderByType(directories: Directories, type: string): string | undefined {
  return type === 'input' || type === 'output' || type === 'temp' ? directories[type] : undefined
}

/** `annotated_filepath`: a suffix ` [output]` names the folder; 9, 8 or 7 characters are cut, space or not. */
export function splitAnnotation(name: string): { name: string; type?: FolderType } {
  if (name.endsWith('[output]')) return { name: name.slice(0, -9), type: 'output' }
  if (name.endsWith('[input]')) return { name: name.slice(0, -8), type: 'input' }
  if (name.endsWith('[temp]')) return { name: name.slice(0, -7), type: 'temp' }
  return { name }
}

/** `get_annotated_filepath`. @throws when the file would lie outside its folder */
export function annotatedPath(directories: Directories, annotated: string): string {
  const { name, type } = splitAnnotation(annotated)
  const folder = directories[type ?? 'input']
  const path = resolve(folder, name)
  if (!isWithin(folder, path)) throw new Error(`Invalid file path: '${name}'`)
  return path
}

export function annotatedExists(directories: Directories, annotated: string): boolean {
  const { name, type } = splitAnnotation(annotated)
  const folder = directories[type ?? 'input']
  const path = resolve(folder, name)
  return isWithin(folder, path) && existsSync(path)
}

/** `is_within_directory`, symbolic links resolved on both sides. */
export function isWithin(folder: string, path: string): boolean {
  return path.includes('\0') ? false : isInside(realPath(folder), realPath(path))
}

/** `os.path.commonpath((folder, path)) == folder`, by text only. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

export interface SavePath {
  readonly folder: string
  readonly filename: string
  readonly counter: number
  readonly subfolder: string
}

/** `get_save_image_path`: the folder, the stem and the next free number for a prefix. @throws outside the folder */
export function savePath(prefix: string, folder: string, width = 0, height = 0): SavePath {
  const filled = prefix.includes('%') ? fillVariables(prefix, width, height) : prefix
  const path = normalizePython(filled)
  const subfolder = dirname(path) === '.' ? '' : dirname(path)
  const filename = basename(path)
  const target = resolve(folder, subfolder)
  if (!isWithin(folder, target)) {
    const told = `\n full_output_folder: ${target}\n         output_dir: ${folder}`
    throw new Error(`**** ERROR: Saving image outside the output folder is not allowed.${told}`)
  }
  mkdirSync(target, { recursive: true })
  return { folder: target, filename, counter: nextCounter(target, basename(filled), filename), subfolder }
}

function fillVariables(prefix: string, width: number, height: number): string {
  const now = new Date()
  const two = (value: number) => String(value).padStart(2, '0')
  return prefix
    .replaceAll('%width%', String(width))
    .replaceAll('%height%', String(height))
    .replaceAll('%year%', String(now.getFullYear()))
    .replaceAll('%month%', two(now.getMonth() + 1))
    .replaceAll('%day%', two(now.getDate()))
    .replaceAll('%hour%', two(now.getHours()))
    .replaceAll('%minute%', two(now.getMinutes()))
    .replaceAll('%second%', two(now.getSeconds()))
}

function nextCounter(folder: string, prefixName: string, filename: string): number {
  const numbers = readdirSync(folder).flatMap((name) => {
    const head = name.slice(0, prefixName.length + 1)
    if (head.slice(0, -1) !== filename || !head.endsWith('_')) return []
    const digits = Number.parseInt(
      name
        .slice(prefixName.length + 1)
        .split('.')[0]
        ?.split('_')[0] ?? '',
      10,
    )
    return [Number.isNaN(digits) ? 0 : digits]
  })
  return numbers.length === 0 ? 1 : Math.max(...numbers) + 1
}

/** `os.path.normpath`: no trailing slash, and `.` for nothing. */
function normalizePython(path: string): string {
  const made = normalize(path)
  return made.length > 1 && made.endsWith(sep) ? made.slice(0, -1) : made
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // What does not exist yet is judged by its nearest existing parent.
    const parent = dirname(path)
    return parent === path ? path : join(realPath(parent), basename(path))
  }
}

export function isFile(path: string): boolean {
  return !path.includes('\0') && statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
