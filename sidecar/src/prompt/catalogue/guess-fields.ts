/** Which fields of a class that nobody has described touch files? What its own definition says of uploads and prefixes. */
import type { JsonObject } from '@gatehouse/shared/json'
import { type DeclaredInput, declaredInputs } from './input-facts.ts'
import { type FieldRule, reads, writes } from './vocabulary.ts'

const fileWidgets = new Set(['AUDIO_RECORD', 'WEBCAM', 'IMAGEUPLOAD'])

/** Rules for the fields of one `/object_info` entry. */
export function guessFields(info: JsonObject): Readonly<Record<string, FieldRule>> {
  const guessed = declaredInputs(info).flatMap((input) => {
    const rule = guessField(input)
    return rule === undefined ? [] : [[input.name, rule] as const]
  })
  return Object.fromEntries(guessed)
}

function guessField({ name, type, flags }: DeclaredInput): FieldRule | undefined {
  if (flags.length > 0 || fileWidgets.has(type)) return reads({ shape: 'list', none: ['', 'none', 'None'] })
  return name === 'filename_prefix' && type === 'STRING' ? writes('ComfyUI') : undefined
}
