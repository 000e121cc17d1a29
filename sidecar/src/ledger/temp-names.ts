/** Which temp files does an output name? Only names that ComfyUI's own writers give, never a path or an echo of text. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { arrayOr, isArray, isObject } from '../transform/json-shape.ts'

// comfy_api/latest/_ui.py, nodes.py PreviewImage, nodes_load_3d.py, nodes_sam3.py, nodes_glsl.py @ 0.33.0
const writers = [
  /^[\w .-]{1,80}_temp_[a-z]{5}_\d{5,}_?\.[a-z0-9]{1,5}$/i,
  /^preview(?:3d|3d_advanced|_splat|_pointcloud)_[0-9a-f]{32}\.[a-z0-9]{1,5}$/,
  /^bg_[0-9a-f]{32}\.png$/,
  /^sam3_track_preview_[0-9a-f]{8}\.mp4$/,
  /^GLSLShader_(?:input|output)_\d{5,}_?\.png$/,
]

/** Every temp file that one node's `ui` dictionary names. */
export function tempNamesOf(output: JsonObject): readonly string[] {
  const names = Object.values(output).flatMap((items) => arrayOr(items).flatMap(tempFile))
  if (isArray(output.result)) names.push(...resultNames(output.result))
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

/** 3D previews: `[model, camera, "temp/bg_...png"]`, and a bare temp name as model in the advanced ones. */
function resultNames(result: readonly Json[]): readonly string[] {
  const texts = [result[0], result[2]].flatMap((item) => (typeof item === 'string' ? [item] : []))
  return texts.map((text) => (text.startsWith('temp/') ? text.slice(5) : text)).filter(isTempName)
}
