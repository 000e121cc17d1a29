/** Which temp files does an output name? Only names that ComfyUI's own writers give, never a path or an echo of text. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { arrayOr, isArray, isObject } from '../transform/json-shape.ts'

// comfy_api/latest/_ui.py, nodes_load_3d.py @ 0.33.0
const unguessable = [
  /^preview(?:3d|3d_advanced|_splat|_pointcloud)_[0-9a-f]{32}\.[a-z0-9]{1,5}$/,
  /^bg_[0-9a-f]{32}\.png$/,
]
// comfy_api/latest/_ui.py, nodes.py PreviewImage, nodes_sam3.py, nodes_glsl.py @ 0.33.0
const writers = [
  ...unguessable,
  /^[\w .-]{1,80}_temp_[a-z]{5}_\d{5,}_?\.[a-z0-9]{1,5}$/i,
  /^sam3_track_preview_[0-9a-f]{8}\.mp4$/,
  /^GLSLShader_(?:input|output)_\d{5,}_?\.png$/,
]

/** Every temp file that one node's `ui` dictionary names. */
export function tempNamesOf(output: JsonObject): readonly string[] {
  const { result, ...written } = output
  const names = Object.values(written).flatMap((items) => arrayOr(items).flatMap(tempFile))
  if (isArray(result)) names.push(...resultNames(result))
  return [...new Set(names)]
}

/** Whether a temp writer of ComfyUI's gives names like this. */
export function isTempName(name: string): boolean {
  return writers.some((writer) => writer.test(name))
}

function tempFile(item: Json): readonly string[] {
  if (!isObject(item) || item.type !== 'temp' || (item.subfolder !== '' && item.subfolder !== undefined)) return []
  return typeof item.filename === 'string' && isTempName(item.filename) ? [item.filename] : []
}

/**
 * 3D previews: `[model, camera, "temp/bg_...png"]`, and a bare temp name as model in the advanced ones. `Preview3D`
 * repeats whatever text and camera it is given, so only names that nobody can guess count: a guessed one would be
 * claimed before the preview of another tenant gets it.
 */
function resultNames(result: readonly Json[]): readonly string[] {
  const texts = [result[0], result[2]].flatMap((item) => (typeof item === 'string' ? [item] : []))
  return texts.map((text) => (text.startsWith('temp/') ? text.slice(5) : text)).filter(isUnguessable)
}

function isUnguessable(name: string): boolean {
  return unguessable.some((writer) => writer.test(name))
}
