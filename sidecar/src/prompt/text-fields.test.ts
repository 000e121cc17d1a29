import type { Json, JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import type { NormaliseContext } from './contract.ts'
import { normalisePrompt } from './normalise.ts'
import { world } from './world-fixture.ts'

type Nodes = Readonly<Record<string, JsonObject>>

const shown = { class_type: 'PreviewImage', inputs: { images: ['1', 0] } }
const text = (value: string): JsonObject => ({ class_type: 'PrimitiveString', inputs: { value } })

/** The inputs of node 1 as ComfyUI gets them, or the sentence of the refusal. */
function judgeInputs(classType: string, inputs: JsonObject, others: Nodes = {}, context: NormaliseContext = world) {
  const result = normalisePrompt({ prompt: { '1': { class_type: classType, inputs }, shown, ...others } }, context)
  return result.ok ? Object(result.upstream.prompt['k3f-1']).inputs : Object(result.value.error).details
}

/** Whether a value is accepted in one input, or the sentence of the refusal. */
function judge(classType: string, name: string, value: Json, others: Nodes = {}): unknown {
  const verdict = judgeInputs(classType, { [name]: value }, others)
  return typeof verdict === 'string' ? verdict : 'accepted'
}

const refusal = expect.stringMatching(/^lyrics: .*\.$/)

describe('lyrics', () => {
  const singers = ['TextEncodeAceStepAudio', 'TextEncodeAceStepAudio1.5', 'MiniMaxMusic3TextEncode']

  it.each(singers)('of %s are sung, typed or connected', (classType) => {
    const song = `[verse]\nI owe you $1,000.50\n${'9'.repeat(100)}\n${'1, '.repeat(1_000)}`
    expect(judge(classType, 'lyrics', song)).toBe('accepted')
    expect(judge(classType, 'lyrics', ['s', 0], { s: text(song) })).toBe('accepted')
  })

  it.each([
    ['digits', '1'.repeat(101)],
    ['dots and commas', `la ${'.,'.repeat(51)} la`],
    ['digits between quotes that vanish', '1"'.repeat(101)],
    ['digits between small tsu that vanish', '1\u3063.\u30c3'.repeat(51)],
    ['too many characters', 'la '.repeat(3_334)],
  ])('with %s are refused, typed or connected', (_what, song) => {
    for (const classType of singers) {
      expect(judge(classType, 'lyrics', song)).toEqual(refusal)
      expect(judge(classType, 'lyrics', ['s', 0], { s: text(song) })).toEqual(refusal)
    }
  })

  it('put together of short runs are judged as a whole', () => {
    const [half, whole] = [text('1'.repeat(60)), { string_a: ['s', 0], string_b: ['s', 0], delimiter: '' }]
    const joined = { class_type: 'StringConcatenate', inputs: whole }
    expect(judge('TextEncodeAceStepAudio', 'lyrics', ['c', 0], { s: half, c: joined })).toEqual(refusal)
  })

  it('that are known only while the prompt runs are refused', () => {
    const trim = { class_type: 'StringTrim', inputs: { string: 'la', mode: 'Both' } }
    expect(judge('TextEncodeAceStepAudio', 'lyrics', ['t', 0], { t: trim })).toEqual(refusal)
    expect(judge('TextEncodeAceStepAudio', 'lyrics', 5)).toEqual(refusal)
  })
})
