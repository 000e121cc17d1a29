/** Which fields of a class that nobody has described touch files? What its own definition says of uploads and prefixes. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isArray, isObject } from '../../transform/json-shape.ts'
import { type FieldRule, reads, writes } from './vocabulary.ts'

const uploadFlags = ['image_upload', 'audio_upload', 'video_upload', 'file_upload', 'animated_image_upload']
const fileWidgets = ['AUDIO_RECORD', 'WEBCAM', 'IMAGEUPLOAD']

/** Rules for the fields of one `/object_info` entry. */
export function guessFields(info: JsonObject): Readonly<Record<string, FieldRule>> {
  const input = isObject(info.input) ? info.input : {}
  const sections = [input.required, input.optional].flatMap((section) => (isObject(section) ? [section] : []))
  const guessed = sections.flatMap((section) =>
    Object.entries(section).flatMap(([name, spec]) => {
      const rule = guessField(name, spec)
      return rule === undefined ? [] : [[name, rule] as const]
    }),
  )
  return Object.fromEntries(guessed)
}

function guessField(name: string, spec: Json): FieldRule | undefined {
  if (!isArray(spec)) return undefined
  const [type, rest] = spec
  const options = isObject(rest) ? rest : {}
  const remote = isObject(options.remote) ? options.remote.route : undefined
  const listsFiles = typeof remote === 'string' && remote.startsWith('/internal/files/')
  const isUpload = uploadFlags.some((flag) => options[flag] === true)
  if (listsFiles || isUpload || (typeof type === 'string' && fileWidgets.includes(type))) {
    return reads({ shape: 'list', none: ['', 'none', 'None'] })
  }
  return name === 'filename_prefix' && type === 'STRING' ? writes('ComfyUI') : undefined
}
