import { expect, test } from 'vitest'
import { unquote, unquoteToFixpoint } from './unquote.ts'

// Right-hand sides are what Python 3.11 urllib.parse.unquote gives.
test.each([
  ['plain', 'plain'],
  ['a%2Fb', 'a/b'],
  ['100%', '100%'],
  ['%zz%4', '%zz%4'],
  ['%C3%A9', '\u00e9'],
  ['%ff', '\ufffd'],
  ['%e4%b8', '\ufffd'],
  ['%EF%BB%BFx', '\ufeffx'],
  ['%25%32%66', '%2f'],
])('one round turns %s into %s', (from, to) => {
  expect(unquote(from)).toBe(to)
})

test.each([
  ['%252e%252e%252fx', '../x'],
  ['%25252e', '.'],
  ['%25%32%65', '.'],
  ['50%.json', '50%.json'],
])('every layer of %s is taken off', (from, to) => {
  expect(unquoteToFixpoint(from)).toBe(to)
})

test('a name with more layers than anybody needs has no meaning', () => {
  expect(unquoteToFixpoint(`%${'25'.repeat(9)}41`)).toBeUndefined()
})
