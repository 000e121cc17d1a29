import type { Json } from '@gatehouse/shared/json'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runAtOnce } from './in-turns.ts'
import { parseJson } from './lossless-json.ts'
import { printStages } from './print-json.ts'

function pausesOf(value: Json): number {
  const stages = printStages(value)
  let count = 0
  while (stages.next().done !== true) count += 1
  return count
}

const small = '{"__proto__":{"b":[1.0,"\\u2028",null,true]},"2":[],"1":{},"a\\"b":"\\ud83d"}'

describe('a value printed in turns', () => {
  it.each([
    small,
    `[${`${small},`.repeat(5_000)}18446744073709551615]`,
    `{"a":[${'1.50,'.repeat(20_000)}0],"__proto__":{"c":"${'x'.repeat(1_000_000)}"},"d":[[[["${'y'.repeat(400_000)}"]]]]}`,
  ])('is what it is at once', (text) => {
    const value = parseJson(text)
    expect(runAtOnce(printStages(value)) === JSON.stringify(value)).toBe(true)
  })

  it('is what it is at once, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.json({ maxDepth: 3 }), { minLength: 1, maxLength: 5 }), fc.nat(3), (texts, deep) => {
        // Long enough to be printed member by member.
        const long = `[${texts.join(',')},${'0,'.repeat(6_000)}0]`
        const value = parseJson('{"m":'.repeat(deep) + long + '}'.repeat(deep))
        expect(runAtOnce(printStages(value)) === JSON.stringify(value)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it.each<[string, Json, number]>([
    ['a small one', parseJson(small), 0],
    ['many values', Array.from({ length: 30_000 }, () => [1, 2]), 30_000],
    ['long texts', { a: { b: 'x'.repeat(200_000), c: 'x'.repeat(200_000) } }, 3],
  ])('pauses as often as its size asks for: %s', (_what, value, pauses) => {
    expect(pausesOf(value)).toBe(pauses)
  })
})
