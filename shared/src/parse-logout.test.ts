import { expect, it } from 'vitest'
import { parseLogout } from './parse-logout.ts'

it('the sign-out page of somebody else is a whole web address', () => {
  expect(parseLogout({ next: 'https://auth.example.com/logout' })).toBe('https://auth.example.com/logout')
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
  expect(parseLogout(answer)).toBeUndefined()
})
