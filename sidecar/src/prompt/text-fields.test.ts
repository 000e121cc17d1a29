import type { Json, JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { normalisePrompt } from './normalise.ts'
import { world } from './world-fixture.ts'

type Nodes = Readonly<Record<string, JsonObject>>

const shown = { class_type: 'PreviewImage', inputs: { images: ['1', 0] } }
const text = (value: string): JsonObject => ({ class_type: 'PrimitiveString', inputs: { value } })

/** That one node is accepted, or the sentence of the refusal. */
function judgeNode(classType: string, inputs: JsonObject, others: Nodes = {}, context = world): string {
  const result = normalisePrompt({ prompt: { '1': { class_type: classType, inputs }, shown, ...others } }, context)
  return result.ok ? 'accepted' : Object(result.value.error).details
}

function judge(classType: string, name: string, value: Json, others: Nodes = {}, context = world): string {
  return judgeNode(classType, { [name]: value }, others, context)
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

/** A ComfyUI that describes these classes. */
function describing(shapes: Readonly<Record<string, JsonObject>>, limits: Partial<typeof world.limits> = {}) {
  const described = Object.entries(shapes).map(([name, input]): [string, JsonObject] => [
    name,
    { ...world.objectInfo.classes.get(name), input: { required: input } },
  ])
  const objectInfo = { ...world.objectInfo, classes: new Map([...world.objectInfo.classes, ...described]) }
  return { ...world, objectInfo, limits: { ...world.limits, ...limits } }
}

describe('a text for a text encoder', () => {
  const encoder = { text: ['STRING', { multiline: true }], clip: ['CLIP'] }
  const knows = describing({ CLIPTextEncode: encoder, PackNode: encoder }, { promptTextLength: 20_000 })
  const encode = (value: Json, others: Nodes = {}) => judge('CLIPTextEncode', 'text', value, others, knows)
  const tooLong = expect.stringContaining('text: a text encoder reads at most 20000 characters.')

  it('may be as long as the limit, and no longer', () => {
    expect(encode('x'.repeat(20_000))).toBe('accepted')
    expect(encode('x'.repeat(20_001))).toEqual(tooLong)
  })

  it('is measured through links', () => {
    const joined = {
      class_type: 'StringConcatenate',
      inputs: { string_a: ['s', 0], string_b: ['s', 0], delimiter: '' },
    }
    const others = (length: number) => ({ s: text('x'.repeat(length)), c: joined })
    expect(encode(['s', 0], others(20_001))).toEqual(tooLong)
    expect(encode(['c', 0], others(10_000))).toBe('accepted')
    expect(encode(['c', 0], others(10_001))).toEqual(tooLong)
    expect(encode(['c', 0], others(500_000))).toEqual(tooLong)
  })

  it('is a text', () => {
    expect(encode({ __value__: ['x'] })).toBe('text: the value must be a text.')
  })

  it('has another limit where no encoder reads it', () => {
    const trims = describing({ StringTrim: { string: ['STRING'] } }, { promptTextLength: 20_000 })
    expect(judge('StringTrim', 'string', 'x'.repeat(20_001), {}, trims)).toBe('accepted')
  })
})

describe('a text saved as json', () => {
  const knows = describing({ SaveText: { text: ['STRING'], filename_prefix: ['STRING'], format: ['COMBO', {}] } })
  const save = (value: Json, format: Json = 'json', others: Nodes = {}) =>
    judgeNode('SaveText', { text: value, filename_prefix: 'a', format }, others, knows)
  const nested = (depth: number) => `${'['.repeat(depth)}"[["${']'.repeat(depth)}`
  const asJson = expect.stringMatching(/^text: as json .* Choose another format\.$/)

  it('nests at most 32 deep, typed or connected', () => {
    expect(save(nested(32))).toBe('accepted')
    expect(save(nested(33))).toEqual(asJson)
    expect(save(['s', 0], 'json', { s: text(nested(32)) })).toBe('accepted')
    expect(save(['s', 0], 'json', { s: text(nested(33)) })).toEqual(asJson)
    expect(save(['s', 0], ['f', 0], { s: text(nested(33)), f: text('json') })).toEqual(asJson)
  })

  it('is not looked into in other formats', () => {
    expect(save(nested(60), 'txt')).toBe('accepted')
    expect(save(['t', 0], 'md', { t: { class_type: 'StringTrim', inputs: { string: 'x', mode: 'Both' } } })).toBe(
      'accepted',
    )
  })

  it('is known before the prompt runs', () => {
    const trim = { class_type: 'StringTrim', inputs: { string: nested(500), mode: 'Both' } }
    expect(save(['t', 0], 'json', { t: trim })).toEqual(asJson)
    expect(save(['s', 0], 'json', { s: text(`"${'x'.repeat(100_000)}"`) })).toEqual(asJson)
    expect(save({ __value__: [[1]] })).toBe('text: the value must be a text.')
  })
})
