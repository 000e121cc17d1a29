/** What may an upload form say? Each field is parsed and judged; the form that is sent holds nothing else. */
import { GatehouseError } from '../gatehouse-error.ts'
import type { FileName, FileRoot, OwnFiles } from '../policy/world.ts'
import { isObject } from '../transform/json-shape.ts'
import { parseJson } from '../transform/lossless-json.ts'
import { parseOwnPath, splitAnnotation } from '../transform/rooted-path.ts'

export type FormField = readonly [name: string, value: string]

export interface JudgedForm {
  /** The name as the client knows it. */
  readonly own: FileName
  /** Fields of the rebuilt form, without the file. */
  readonly fields: readonly FormField[]
  readonly overwrites: boolean
}

export interface FormToJudge {
  readonly kind: 'image' | 'mask'
  /** `filename` of the file part, as the client wrote it. */
  readonly filename: string
  readonly fields: ReadonlyMap<string, string>
}

/** ComfyUI creates no directory for these; a name that cannot be anybody's file. */
const nowhere: FileName = { root: 'input', subfolder: '', filename: '.gatehouse-absent' }

/** The last part of what the client called its file; undefined when nothing usable is left. */
export function baseName(written: string): string | undefined {
  const last = written.split(/[\\/]/).at(-1) ?? ''
  return parseOwnPath(last)?.filename
}

/**
 * Confines an upload to the tenant's own input folder.
 * @throws bad_upload, forbidden
 */
export async function judgeForm(form: FormToJudge, files: OwnFiles): Promise<JudgedForm> {
  const filename = baseName(form.filename)
  if (filename === undefined) throw new GatehouseError('bad_upload', { message: 'The file needs a plain name.' })
  const type = form.fields.get('type') ?? 'input'
  // ComfyUI would also write to output (a "model" in output/loras) and temp.
  if (type !== 'input' && type !== 'temp') {
    throw new GatehouseError('forbidden', {
      message: 'Uploads go to the input folder: leave type away, or set it to input.',
    })
  }
  const own: FileName = { root: 'input', subfolder: normalSubfolder(form.fields.get('subfolder') ?? ''), filename }
  const upstream = await files.toUpstream(own)
  if (upstream === undefined)
    throw new GatehouseError('bad_upload', { message: 'The subfolder and the name are no place for a file of yours.' })
  const overwrite = form.fields.get('overwrite')
  const fields: FormField[] = [
    ['type', upstream.root],
    ['subfolder', upstream.subfolder],
    ...(overwrite === 'true' || overwrite === '1' ? [['overwrite', 'true'] as const] : []),
    ...(form.kind === 'mask' ? [await judgeOriginal(form.fields.get('original_ref'), files)] : []),
  ]
  return { own, fields, overwrites: fields.some(([name]) => name === 'overwrite') }
}

/** ComfyUI accepts `""`, `.` and a trailing `/` for the root and for a folder. */
function normalSubfolder(written: string): string {
  return written.replace(/\/+$/, '').replace(/^\.$/, '').replace(/^\.\//, '')
}

/** The picture that a mask is laid over: an own file, or one that exists for nobody. */
async function judgeOriginal(written: string | undefined, files: OwnFiles): Promise<FormField> {
  const reference = parseReference(written)
  const { name, root } = splitAnnotation(reference.filename)
  const slash = name.lastIndexOf('/')
  const folder = [normalSubfolder(reference.subfolder), slash === -1 ? '' : name.slice(0, slash)]
    .filter((part) => part !== '')
    .join('/')
  const named = { root: root ?? reference.type, subfolder: folder, filename: name.slice(slash + 1) }
  const upstream = (await files.toUpstream(named)) ?? (await files.toUpstream(nowhere)) ?? nowhere
  return [
    'original_ref',
    JSON.stringify({ filename: upstream.filename, type: upstream.root, subfolder: upstream.subfolder }),
  ]
}

function parseReference(written: string | undefined): { filename: string; type: FileRoot; subfolder: string } {
  const value = written === undefined ? undefined : parseJson(written)
  if (!isObject(value) || typeof value.filename !== 'string') {
    throw new GatehouseError('bad_upload', { message: 'original_ref must be JSON with a filename.' })
  }
  const type = value.type ?? 'output'
  if (type !== 'input' && type !== 'output' && type !== 'temp') {
    throw new GatehouseError('bad_upload', { message: 'original_ref.type must be input, output or temp.' })
  }
  return { filename: value.filename, type, subfolder: typeof value.subfolder === 'string' ? value.subfolder : '' }
}
