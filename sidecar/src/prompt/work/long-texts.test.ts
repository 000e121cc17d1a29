import type { Json, JsonObject } from '@gatehouse/shared/json'
import { describe, expect, it } from 'vitest'
import { stringifyJson } from '../../transform/lossless-json.ts'
import { normalisePrompt } from '../normalise.ts'
import { world } from '../world-fixture.ts'
import { printedLength } from './printed-length.ts'

const texts = `PrimitiveString StringConcatenate StringReplace StringTrim CaseConverter StringFormat StringSubstring
  PreviewAny ConvertArrayToString TextGenerate TextToUppercase LoadImageTextDataSetFromFolder`.split(/\s+/)
const classes = new Map<string, JsonObject>([
  ...world.objectInfo.classes,
  ...texts.map((name): [string, JsonObject] => [
    name,
    { ...world.objectInfo.classes.get(name), python_module: 'nodes', output: ['STRING'] },
  ]),
  [
    'CLIPTextEncode',
    {
      ...{ python_module: 'nodes', output: ['CONDITIONING'] },
      input: { required: { text: ['STRING', { multiline: true }], clip: ['CLIP'] } },
    },
  ],
])

type Nodes = Readonly<Record<string, readonly [classType: string, inputs: JsonObject]>>

/** Whether a text encoder is given what the last of the nodes makes: `accepted`, or the sentence. */
function encode(nodes: Nodes, promptTextLength = 20_000): string {
  const graph = Object.entries(nodes).map(([id, [class_type, inputs]]) => [id, { class_type, inputs }] as const)
  const prompt = {
    ...Object.fromEntries(graph),
    e: { class_type: 'CLIPTextEncode', inputs: { text: [Object.keys(nodes).at(-1) ?? '', 0] } },
    shown: { class_type: 'PreviewImage', inputs: { images: ['e', 0] } },
  }
  const limits = { ...world.limits, promptTextLength }
  const result = normalisePrompt({ prompt }, { ...world, limits, objectInfo: { version: '2', classes } })
  return result.ok ? 'accepted' : stringifyJson(result.value)
}

const letters = (count: number) => 'x'.repeat(count)
const replace = (string: Json, find: string, by: Json): Nodes[string] => [
  'StringReplace',
  { string, find, replace: by },
]
const trim = (string: Json): Nodes[string] => ['StringTrim', { string, mode: 'Both' }]

describe('a text that other nodes make for a text encoder', () => {
  it.each<[string, Nodes]>([
    ['that is trimmed', { a: trim(letters(20_000)) }],
    ['put into a template', { a: trim(letters(9_997)), b: replace('say {x}, {x}', '{x}', ['a', 0]) }],
    ['of which a letter is replaced by another', { a: trim(letters(20_000)), b: replace(['a', 0], 'x', 'y') }],
    ['of a language model', { a: ['TextGenerate', { prompt: 'a cat', max_length: 1024 }] }],
    ['in capitals', { a: ['CaseConverter', { string: letters(20_000), mode: 'UPPERCASE' }] }],
    ['of captions', { a: ['LoadImageTextDataSetFromFolder', { folder: 'faces' }] }],
    ['that shows a number', { a: ['PreviewAny', { source: 5 }] }],
  ])('passes: one %s', (_what, nodes) => {
    expect(encode(nodes)).toBe('accepted')
  })

  it.each<[string, Nodes]>([
    ['that is trimmed', { a: trim(letters(20_001)) }],
    ['that passes several hands', { a: trim(letters(20_001)), b: trim(['a', 0]), c: trim(['b', 0]) }],
    ['of replacements', { a: replace(letters(5_000), 'x', 'yyyyy') }],
    ['of connected replacements', { a: trim(letters(5_000)), b: replace(['a', 0], 'x', 'yyyyy') }],
    [
      'of two',
      { a: trim(letters(15_000)), b: ['StringConcatenate', { string_a: ['a', 0], string_b: ['a', 0], delimiter: '' }] },
    ],
    ['of a format', { a: ['StringFormat', { f_string: '{a} {a} {a}' }] }],
    [
      'in capitals of which one becomes three',
      { a: ['CaseConverter', { string: '\u0390'.repeat(7_000), mode: 'UPPERCASE' }] },
    ],
    ['of a list that is printed', { a: ['PreviewAny', { source: { __value__: Array<number>(2_000).fill(0) } }] }],
    ['of a long language model', { a: ['TextGenerate', { prompt: 'a cat', max_length: 2048 }] }],
  ])('is refused where it can become too long: one %s', (_what, nodes) => {
    expect(encode(nodes)).toMatch(
      /text: up to \d+ characters can come from here, and a text encoder reads at most 20000/,
    )
  })

  it('is told at the encoder, and follows the limit', () => {
    const nodes: Nodes = { a: trim(letters(20_001)) }
    expect(encode(nodes)).toMatch(/"node_errors":\{"e":/)
    expect(encode(nodes, 20_001)).toBe('accepted')
  })
})

describe('what a list prints', () => {
  const print = (value: unknown): number => JSON.stringify(value, undefined, 8).length

  it.each<[string, Json]>([
    ['numbers', [1, 2, 3, -4.5e-300, true, null]],
    ['names', { a: 'text', b: ['quote " and \\ slash', {}], c: { d: [[[1]]] } }],
    ['nothing', []],
  ])('is never longer than it is reckoned to be: %s', (_what, value) => {
    expect(printedLength(value)).toBeGreaterThanOrEqual(print(value))
  })

  it('is many times its length where it is deep, and is not looked into for longer than it matters', () => {
    let deep: Json = Array<number>(1_000).fill(0)
    for (let level = 0; level < 60; level += 1) deep = [deep]
    expect(printedLength(deep)).toBeGreaterThanOrEqual(print(deep))
    expect(print(deep)).toBeGreaterThan(100 * JSON.stringify(deep).length)
    const wide = Array<Json>(20_000).fill(Array<number>(1_000).fill(0))
    expect(printedLength(wide)).toBeGreaterThan(8_000_000)
  })
})
