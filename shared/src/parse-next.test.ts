import { expect, it } from 'vitest'
import { parseNext } from './parse-next.ts'

it('where an answer leads is a whole web address', () => {
  expect(parseNext({ next: 'https://auth.example.com/logout' })).toBe('https://auth.example.com/logout')
})

it.each([
  undefined,
  null,
  '',
  {},
  { next: '' },
  { next: '/x' },
  { next: '//x' },
  { next: 'javascript:alert(1)' },
  { next: 1 },
])('%j is none', (answer) => {
  expect(parseNext(answer)).toBeUndefined()
})
