/** Where may a writing node write? Strictly below the tenant's own folder, whatever the prefix collapses to. */
import type { FolderKey } from '@gatehouse/shared/ids'
import type { Json } from '@gatehouse/shared/json'
import { parseOwnPath, unroot } from '../transform/rooted-path.ts'
import type { FieldVerdict } from './read-fields.ts'

const sentence = 'stay inside your own output folder: no "..", no backslash, no leading slash, no reserved name.'

/** What ComfyUI gets for the prefix of a writing field. */
export function mapWrite(value: Json, fallback: string, key: FolderKey): FieldVerdict {
  if (typeof value !== 'string') return { ok: false, sentence: 'the prefix must be a text.' }
  const own = unroot(key, value) ?? value
  if (own.startsWith('/')) return { ok: false, sentence }
  // os.path.normpath drops empty and dot segments (folder_paths.py get_save_image_path, 0.33.0): `bob/` would become
  // the file stem `bob` beside the folder, and `` or `.` would name the folder itself.
  const prefix = own
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/')
  const chosen = prefix === '' ? fallback : prefix
  // ComfyUI writes digits for its `%year%` tokens, so that they never add a separator or a dot. The last segment is
  // only the beginning of a file name (`name.` becomes `name._00001_.png`): it is judged with what follows it, but
  // normpath sees it alone.
  if (/(?:^|\/)[. ]*$/.test(chosen) || parseOwnPath(`${chosen}_`) === undefined) return { ok: false, sentence }
  return { ok: true, value: `${key}/${chosen}` }
}
