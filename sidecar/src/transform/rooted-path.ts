/** Which file does a name name? Canonical POSIX names, and their place below a tenant's folder. */
import type { FolderKey } from '@gatehouse/shared/ids'
import type { FileRoot } from '../policy/world.ts'

/** A file below one of the tenant's roots; `subfolder` uses `/` and never starts or ends with it. */
export interface OwnPath {
  readonly subfolder: string
  readonly filename: string
}

const segmentBytes = 255
const pathBytes = 1024

// Cc control, Cs lone surrogate, Zl and Zp line and paragraph separators.
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u
const windowsReserved =
  /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i
const windowsDrive = /^[A-Za-z]:/

/** The file that a relative name names; undefined when two systems could read the name differently. */
export function parseOwnPath(text: string): OwnPath | undefined {
  if (text === '' || Buffer.byteLength(text) > pathBytes) return undefined
  const segments = text.split('/')
  if (!segments.every(isPlainSegment)) return undefined
  const filename = segments.at(-1) ?? ''
  return { subfolder: segments.slice(0, -1).join('/'), filename }
}

/** The folder that a relative name names; `''` and `.` are the root itself. */
export function parseOwnFolder(text: string): string | undefined {
  if (text === '' || text === '.') return ''
  const path = parseOwnPath(text.endsWith('/') ? text.slice(0, -1) : text)
  return path === undefined ? undefined : joinPath(path.subfolder, path.filename)
}

/** A folder without the empty and `.` segments that name nothing; undefined for one that is absolute or leads up. */
export function plainFolder(text: string): string | undefined {
  if (text.startsWith('/')) return undefined
  return parseOwnFolder(
    text
      .split('/')
      .filter((segment) => segment !== '' && segment !== '.')
      .join('/'),
  )
}

/** `subfolder` and `filename` as one name. */
export function joinPath(subfolder: string, filename: string): string {
  return subfolder === '' ? filename : `${subfolder}/${filename}`
}

/** Whether a canonical `path` lies strictly below `root`; `acme-2/x` is not inside `acme`. */
export function isInside(root: string, path: string): boolean {
  return root !== '' && path.startsWith(`${root}/`) && path.length > root.length + 1
}

/** Where an own path lies inside ComfyUI. */
export function rootUnder(key: FolderKey, path: string): string {
  return path === '' ? key : `${key}/${path}`
}

/** The own path of a path inside ComfyUI, `''` for the tenant's folder itself; undefined when it is not the tenant's. */
export function unroot(key: FolderKey, path: string): string | undefined {
  if (path === key) return ''
  return isInside(key, path) ? path.slice(key.length + 1) : undefined
}

export interface AnnotatedName {
  readonly name: string
  /** undefined: the reader's default. */
  readonly root: FileRoot | undefined
}

const annotations = [
  ['[output]', 'output'],
  ['[input]', 'input'],
  ['[temp]', 'temp'],
] as const satisfies readonly (readonly [string, FileRoot])[]

/**
 * Splits `x.png [output]` as ComfyUI does (folder_paths.py annotated_filepath, 0.33.0): the one character before the
 * bracket is cut whatever it is, so `x.png[output]` names `x.pn`.
 */
export function splitAnnotation(name: string): AnnotatedName {
  for (const [annotation, root] of annotations) {
    if (name.endsWith(annotation)) return { name: withoutLastCharacter(name.slice(0, -annotation.length)), root }
  }
  return { name, root: undefined }
}

// Python cuts a code point where JavaScript would cut half of a surrogate pair.
function withoutLastCharacter(text: string): string {
  const last = text.codePointAt(text.length - 2)
  return text.slice(0, last !== undefined && last > 0xffff ? -2 : -1)
}

function isPlainSegment(segment: string): boolean {
  if (segment === '' || segment.startsWith('~') || segment.includes('\\') || unprintable.test(segment)) return false
  if (segment.endsWith('.') || segment.endsWith(' ') || Buffer.byteLength(segment) > segmentBytes) return false
  // A drive letter makes ntpath.join drop everything before it; a reserved name opens a device on Windows.
  if (windowsDrive.test(segment) || windowsReserved.test(segment)) return false
  return !glob.test(segment) && !hidesSeparator(segment)
}

// FFmpeg 8.0 and older (PyAV 16, the least that ComfyUI 0.33.0 asks for) takes `%*` and `%{..,x%}` in the name of a
// picture for wildcards, and opens what they find in place of the file: `%{..,x%}/%*/%*.png` are everybody's pictures
// (img2dec.c glob_sequence).
const glob = /%[*?[\]{}]/

// Full-width and other look-alikes of `/`, `\` and `.` become the real thing on systems that normalise names.
function hidesSeparator(segment: string): boolean {
  const plain = segment.normalize('NFKC')
  return plain !== segment && (/[/\\]/.test(plain) || count(plain, '.') !== count(segment, '.'))
}

function count(text: string, character: string): number {
  return text.split(character).length - 1
}
