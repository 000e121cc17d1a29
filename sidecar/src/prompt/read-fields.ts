/** Which own file does a reading field name, and where does it lie inside ComfyUI? */
import type { FolderKey } from '@gatehouse/shared/ids'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isArray, isObject } from '../transform/json-shape.ts'
import { joinPath, parseOwnFolder, parseOwnPath, rootUnder, splitAnnotation, unroot } from '../transform/rooted-path.ts'
import type { ReadRule } from './catalogue/vocabulary.ts'
import { member } from './own-member.ts'

export interface ReadContext {
  readonly folderKey: FolderKey
  readonly tempNames: ReadonlyMap<string, string>
}

export type FieldVerdict =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly sentence: string }

const notAFile = 'name one of your own files, without "..", backslashes or a leading slash.'

/** What ComfyUI gets for the literal of a reading field. */
export function mapRead(value: Json, rule: ReadRule, context: ReadContext): FieldVerdict {
  if (rule.shape === 'single') return mapName(value, rule, context)
  if (rule.shape === 'nested') return mapNested(value, rule, context)
  if (!isArray(value)) return mapName(value, rule, context)
  const names: Json[] = []
  for (const entry of value) {
    const name = mapName(entry, rule, context)
    if (!name.ok) return name
    names.push(name.value)
  }
  return { ok: true, value: { __value__: names } }
}

function mapName(value: Json, rule: ReadRule, context: ReadContext): FieldVerdict {
  if (typeof value !== 'string') return { ok: false, sentence: notAFile }
  if (rule.none.includes(value)) return { ok: true, value }
  const { name, root } = rule.annotated ? splitAnnotation(value) : { name: value, root: undefined }
  if ((root ?? rule.root) === 'temp') return mapTemp(name, context)
  const own = unroot(context.folderKey, name) ?? name
  const path = rule.target === 'folder' ? parseOwnFolder(own) : filePath(own)
  if (path === undefined) return { ok: false, sentence: notAFile }
  const upstream = rootUnder(context.folderKey, path)
  return { ok: true, value: root === undefined ? upstream : `${upstream} [${root}]` }
}

// A temp file is the tenant's only by the ledger; what it does not know is refused in the words for a wrong name, so
// that nobody learns whether somebody else has such a preview.
function mapTemp(name: string, context: ReadContext): FieldVerdict {
  const upstream = context.tempNames.get(name)
  if (upstream === undefined) return { ok: false, sentence: 'this preview is gone. Choose a file of your own again.' }
  return { ok: true, value: `${upstream} [temp]` }
}

// Load3D opens names inside an object (nodes_load_3d.py execute, 0.33.0): only known members go upstream.
function mapNested(value: Json, rule: ReadRule, context: ReadContext): FieldVerdict {
  if (value === null || value === '') return { ok: true, value }
  if (!isObject(value)) return { ok: false, sentence: notAFile }
  const mapped: (readonly [string, Json])[] = []
  for (const name of rule.members ?? []) {
    const own = member(value, name)
    if (own === undefined) continue
    const verdict = own === null ? { ok: true as const, value: null } : mapName(own, rule, context)
    if (!verdict.ok) return { ok: false, sentence: `${name}: ${verdict.sentence}` }
    mapped.push([name, verdict.value])
  }
  for (const name of rule.keeps ?? []) {
    const kept = member(value, name)
    if (kept !== undefined) mapped.push([name, kept])
  }
  const object: JsonObject = Object.fromEntries(mapped)
  return { ok: true, value: object }
}

// FFmpeg opens x1.png, x2.png and so on in place of x%d.png (img2dec.c av_filename_number_test): more pictures than
// anybody has counted.
const sequence = /%\d*d/

function filePath(name: string): string | undefined {
  const path = sequence.test(name) ? undefined : parseOwnPath(name)
  return path === undefined ? undefined : joinPath(path.subfolder, path.filename)
}
