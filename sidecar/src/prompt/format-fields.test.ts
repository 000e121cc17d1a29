import { describe, expect, it } from 'vitest'
import { judgeInput as judge, text } from './input-fixture.ts'

const refusal = { refused: expect.stringMatching(/\.$/) }

describe('a format string', () => {
  it.each([['{a} and {b:.2f}'], ['{{literal}} {a!r:>10}'], ['no field'], ['{}'], ['{a}{{{b}}}'], ['']])(
    '%j is harmless',
    (value) => {
      expect(judge('StringFormat', 'f_string', value)).toBe(value)
    },
  )

  it.each([
    ['{a.__init__.__globals__}'],
    ['{a[0]}'],
    ['{a.x:>3}'],
    ['{a:{b.x}}'],
    ['{a:{b}}'],
    ['{a:>99999999999}'],
    ['{{{a.x}}}'],
    ['{'],
    ['}'],
    ['{a'],
    ['{a!r.__class__}'],
    [{ 'a.__class__': 1 }],
    [['a', 0, 0]],
  ])('%j is refused', (value) => {
    expect(judge('StringFormat', 'f_string', value)).toEqual(
      Array.isArray(value) ? { refused: expect.any(String) } : refusal,
    )
  })

  it('that is connected is folded and judged', () => {
    expect(judge('StringFormat', 'f_string', ['s', 0], { s: text('{a.__class__}') })).toEqual(refusal)
  })
})

describe('a math expression', () => {
  it.each([['a + b'], ['a*2.5+1'], ['1.e5 + .5 + 2.'], ['round(a / b, 2)'], ['values[0] if a > 1 else 3']])(
    '%j is arithmetic',
    (value) => {
      expect(judge('ComfyMathExpression', 'expression', value)).toBe(value)
    },
  )

  it.each([
    ['a.model'],
    ['a . model'],
    ['1..real'],
    ['1.0.real'],
    ['a["__class__"]'],
    ['values[0].x'],
    ['(a).\\\nx'],
    ["f'{a.x}'"],
    ["'{0.x}'.format(a)"],
  ])('%j is refused', (value) => {
    expect(judge('ComfyMathExpression', 'expression', value)).toEqual(refusal)
  })
})
