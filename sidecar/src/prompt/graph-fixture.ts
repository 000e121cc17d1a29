/** What becomes of a small prompt? For tests: what is accepted, or how it is refused. */
import type { Json } from '@gatehouse/shared/json'
import { stringifyJson } from '../transform/lossless-json.ts'
import type { NormaliseContext, NormalisedPrompt, Refusal } from './contract.ts'
import { normalisePrompt } from './normalise.ts'
import { world } from './world-fixture.ts'

export const image = { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: 0 } }
export const save = { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'ComfyUI' } }
export const graph = { '1': image, '2': save }

export function accepted(body: Json, context: NormaliseContext = world): NormalisedPrompt {
  const result = normalisePrompt(body, context)
  if (!result.ok) throw new Error(stringifyJson(result.value))
  return result
}

export function refused(body: Json, context: NormaliseContext = world): Refusal {
  const result = normalisePrompt(body, context)
  if (result.ok) throw new Error(`accepted ${stringifyJson(body)}`)
  return result
}
