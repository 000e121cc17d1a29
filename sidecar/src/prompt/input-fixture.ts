/** What becomes of one input of a prompt? For tests: its value as ComfyUI gets it, or the sentence of the refusal. */
import type { Json } from '@gatehouse/shared/json'
import { stringifyJson } from '../transform/lossless-json.ts'
import { normalisePrompt } from './normalise.ts'
import { world } from './world-fixture.ts'

interface Node {
  readonly class_type: string
  readonly inputs: { readonly [name: string]: Json }
}

const shown = { class_type: 'PreviewImage', inputs: { images: ['1', 0] } }

/** The value of one input as ComfyUI gets it, or the sentence of the refusal. */
export function judgeInput(
  classType: string,
  name: string,
  value: Json,
  others: Readonly<Record<string, Node>> = {},
): Json {
  const prompt = { '1': { class_type: classType, inputs: { [name]: value } }, shown, ...others }
  const result = normalisePrompt({ prompt }, world)
  if (!result.ok) {
    const error = Object(result.value.node_errors)['1']?.errors?.[0]
    if (error?.type !== 'exception_during_validation' || error.extra_info?.input_name !== name) {
      throw new Error(`not refused at ${name}: ${stringifyJson(result.value)}`)
    }
    return { refused: error.details }
  }
  return Object(result.upstream.prompt['k3f-1']).inputs[name]
}

export const text = (value: string): Node => ({ class_type: 'PrimitiveString', inputs: { value } })
