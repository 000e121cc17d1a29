import { describe, expect, it } from 'vitest'
import { boundExpression } from './expression.ts'
import { between, exactly } from './interval.ts'

const inputs = new Map([
  ['a', between(0, 4096)],
  ['b', exactly(16)],
  ['values', between(0, 4096)],
])
const bound = (text: string) => boundExpression(text, (name) => inputs.get(name) ?? between(-(2 ** 64), 2 ** 64))

describe('the bound of a math expression', () => {
  it.each<[string, number, number]>([
    ['1 + 2 * 3', 7, 7],
    ['-2 ** 2', -4, -4],
    ['2 ** -1', 0.5, 0.5],
    ['2 ** 3 ** 2', 512, 512],
    ['(1 + 2) * 3', 9, 9],
    ['10 // 4', 2, 3],
    ['10 % 4', 0, 4],
    ['a / 2', 0, 2048],
    ['a * b', 0, 65_536],
    ['a - b', -16, 4080],
    ['ceil(a / 64) * 64', 0, 4096],
    ['round(a * 1.5)', 0, 6144],
    ['round(a, 2)', 0, 4096],
    ['round(a, -4)', 0, 8192],
    ['round(-b, -1)', -32, 0],
    ['min(a, 100) + max(b, 1)', 1, 4112],
    ['a if a > b else -b', -16, 4096],
    ['a > 2 and b < 3', 0, 1],
    ['not a', 0, 1],
    ['sum(values)', 0, 26 * 4096],
    ['values[0] + 1', 1, 4097],
    ['1e3 + .5', 1000.5, 1000.5],
    ['sqrt(abs(-16))', 0, 4],
    ['1_000', 1000, 1000],
  ])('of %s lies within %d and %d', (text, low, high) => {
    expect(bound(text)).toEqual({ low, high })
  })

  it.each(['round(5, -10000000)', 'round(5, -a)', 'round(5, -(1 / a))'])('of %s is refused', (text) => {
    expect(bound(text)).toBe('too-large')
  })

  it('of a division by what may be zero is open', () => {
    expect(bound('1 / a')).toEqual({ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY })
  })

  // The second occupies a worker of ComfyUI 0.33.0 for 12 s, and every further factor for longer.
  it.each([
    '9 ** 9 ** 9',
    'b ** 4000000 * b ** 4000000',
    'pow(pow(9, 4000), 4000)',
    '1 << 100000',
    '(1 << b) << (1 << b)',
    'x ** x',
    'int(1 / a) ** 4000000',
    '2 ** (1 / a)',
    Array(400).fill('1e9').join(' * '),
  ])('of %s is refused before integers grow', (text) => {
    expect(bound(text)).toBe('too-large')
  })

  it.each(['', 'a +', '(a', 'a b', 'a.b', '"text"', '[1, 2]', 'lambda: 1', 'open(1)', 'a; b', 'a if b', 'min(', '1 1'])(
    'of %j cannot be told',
    (text) => {
      expect(bound(text)).toBe('unreadable')
    },
  )

  it.each([`${'('.repeat(5000)}1`, `${'-'.repeat(900)}1`, `${'not '.repeat(900)}1`, `1${'**1'.repeat(400)}`])(
    'does not recurse without end',
    (text) => {
      expect(bound(text)).toBe('unreadable')
    },
  )
})
